//! What the task runner knows of Folkmoot: the sub-commands of `folkmoot`, its services and ports. It compiles first, so it
//! does not use `contracts::services`; a test in integration-tests holds the two equal.

use std::path::Path;

/// The package and the name of the one binary.
pub const BINARY: &str = "folkmoot";
/// Where the gateway answers.
pub const GATEWAY: &str = "http://127.0.0.1:8080";
/// Its port.
pub const GATEWAY_PORT: u16 = 8080;
/// The admin port of `folkmoot all`, whose `/readyz` reports that all services are up.
pub const ADMIN_PORT: u16 = 9080;
/// The receivers on this machine that webhooks may be sent to: examples/webhook-receiver.py listens there.
pub const WEBHOOK_RECEIVERS: &str = "http://127.0.0.1:9100,http://localhost:9100";
/// The README's main job, which is run once after each start.
pub const MAIN_JOB: &str = "examples/main-job.sh";
/// Serves the petition page from an origin that the demo's key lists.
pub const SERVE_PAGE: &str = "python3 -m http.server 8000 --bind 127.0.0.1 --directory examples";
/// The petition page as that server serves it.
pub const PAGE: &str = "http://127.0.0.1:8000/petition-page.html";
/// Each service that has a database role, and the database that it uses.
pub const DATABASES: [(&str, &str); 7] = [
    ("gateway", "folkmoot"),
    ("identity", "folkmoot"),
    ("campaigns", "folkmoot"),
    ("messaging", "folkmoot"),
    ("keyring", "folkmoot_keyring"),
    ("retention", "folkmoot"),
    ("webhooks", "folkmoot"),
];
/// Every service, as `cargo xtask logs` knows them.
pub const SERVICES: [&str; 9] = [
    "gateway",
    "identity",
    "campaigns",
    "messaging",
    "postcodes",
    "geolocation",
    "keyring",
    "retention",
    "webhooks",
];

/// Where the gateway and the services answer.
const PUBLIC_PORTS: [u16; 9] = [GATEWAY_PORT, 8101, 8102, 8103, 8104, 8105, 8106, 8107, 8108];

/// The ports that `folkmoot all` listens on: gateway, services, and their admin port.
pub fn suite_ports() -> impl Iterator<Item = u16> {
    PUBLIC_PORTS.into_iter().chain([ADMIN_PORT])
}

/// Generates a trial's keys and service credentials; writes `env` (KEY=VALUE lines) into the folder.
pub fn generate_keys(dir: &Path) -> Vec<String> {
    words(&["keys", "generate", "--trial", "--dir"]).chain([text(dir)]).collect()
}

/// Creates roles, databases and schemas, or brings them up to date.
pub fn migrate() -> Vec<String> {
    words(&["migrate"]).collect()
}

/// Creates the Kafka topics.
pub fn topics() -> Vec<String> {
    words(&["topics"]).collect()
}

/// Catches mail on a port into a folder.
pub fn catch_mail(port: u16, dir: &Path) -> Vec<String> {
    let listen = format!("127.0.0.1:{port}");
    words(&["catch-mail", "--listen", &listen, "--dir"]).chain([text(dir)]).collect()
}

/// Name of the directory's file, with the version of its format: one that an earlier version left behind is not used.
pub const POSTCODES: &str = "postcodes-v4";
/// The same for the places of geocoding.
pub const PLACES: &str = "places-v2";

/// Downloads the real directory of UK postcodes and writes the compact file.
pub fn import_postcodes(out: &Path) -> Vec<String> {
    words(&["data", "import", "postcodes", "--default", "--out"]).chain([text(out)]).collect()
}

/// Downloads the default gazetteer and writes the compact file.
pub fn import_places(out: &Path) -> Vec<String> {
    words(&["data", "import", "places", "--default", "--out"]).chain([text(out)]).collect()
}

/// Every service in one process.
pub fn all() -> Vec<String> {
    words(&["all"]).collect()
}

/// Creates the demo tenant, campaign, keys and representatives; prints them as JSON and saves them in a file.
pub fn demo(state: &Path) -> Vec<String> {
    words(&["demo", "--state"]).chain([text(state)]).collect()
}

fn words(words: &[&str]) -> impl Iterator<Item = String> {
    words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>().into_iter()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
