//! MaxMind's own test databases, with the answers that MaxMind expects of them; `cargo xtask setup` fetches both.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use geolocation::lookup::file::Databases;
use ipnet::IpNet;
use serde_json::{Value, json};

/// Databases of the kinds that we answer from.
const ANSWERED: [&str; 7] = [
    "GeoIP2-City-Test",
    "GeoLite2-City-Test",
    "GeoIP2-Country-Test",
    "GeoLite2-Country-Test",
    "GeoIP2-Enterprise-Test",
    "GeoLite2-ASN-Test",
    "GeoIP2-ISP-Test",
];
/// A look-up that takes longer does more than look up.
const LONGEST: Duration = Duration::from_secs(2);

/// The folder that `cargo xtask test` names.
fn folder() -> Option<PathBuf> {
    let found = std::env::var_os("FOLKMOOT_TEST_MMDB").map(PathBuf::from);
    if found.is_none() {
        eprintln!("left out: MaxMind's own databases (FOLKMOOT_TEST_MMDB names no folder)");
    }
    found
}

#[test]
fn every_network_of_maxminds_answers_is_answered_as_maxmind_expects() {
    let Some(folder) = folder() else { return };
    for name in ANSWERED {
        let path = folder.join(format!("test-data/{name}.mmdb"));
        let databases = Databases::open(&[path]).unwrap();
        let source = expected_answers(&folder, name);
        assert!(source.len() > 30, "{name}: {}", source.len());
        for (network, _) in &source {
            for address in [network.addr(), last(network)] {
                // Networks overlap; the narrowest one holds.
                let holding = source.iter().filter(|(other, _)| other.contains(&address));
                let (network, entry) = holding.max_by_key(|(other, _)| other.prefix_len()).unwrap();
                check(name, &databases, address, network, entry);
            }
        }
    }
}

fn check(name: &str, databases: &Databases, address: IpAddr, network: &IpNet, entry: &Value) {
    let answer = serde_json::to_value(databases.current().look_up(address)).unwrap();
    if answer["kind"] == "private" || answer["kind"] == "reserved" {
        // We answer for these ourselves.
        assert_eq!(answer["source"], Value::Null);
        return;
    }
    let (place, system) = (place(entry), system(entry));
    for (field, expected) in &place {
        assert_eq!(answer[field], *expected, "{name} {address} {field}");
    }
    if place.iter().any(|(_, value)| !value.is_null() && *value != json!([])) {
        assert_eq!(answer["source"]["database"], database_type(name), "{name} {address}");
        let found: IpNet = answer["network"].as_str().unwrap().parse().unwrap();
        assert!(network.contains(&found) && found.contains(&address), "{name} {network} {found}");
    }
    for (field, expected) in system {
        assert_eq!(answer["autonomous_system"][field], expected, "{name} {address} {field}");
    }
}

fn database_type(name: &str) -> &str {
    name.strip_suffix("-Test").unwrap()
}

/// Our words for what an entry of MaxMind's says.
fn place(entry: &Value) -> Vec<(&'static str, Value)> {
    let area = |code: &str, area: &Value| match (&area[code], &area["names"]["en"]) {
        (Value::Null, Value::Null) => Value::Null,
        (iso, name) => json!({ code: iso, "name": name }),
    };
    let named = |field: &str| area("iso_code", &entry[field]);
    let subdivisions = entry["subdivisions"].as_array().cloned().unwrap_or_default();
    let first = subdivisions.first().cloned().unwrap_or_default();
    let subdivisions: Vec<Value> = subdivisions.iter().map(|it| area("iso_code", it)).collect();
    let location = &entry["location"];
    let position = location["latitude"].as_f64().map(|latitude| {
        json!({
            "longitude": location["longitude"].as_f64(), "latitude": latitude,
            "accuracy_km": location["accuracy_radius"],
        })
    });
    let confidence = json!({
        "country": entry["country"]["confidence"], "region": first["confidence"],
        "city": entry["city"]["confidence"], "postal_code": entry["postal"]["confidence"],
    });
    let sure = confidence.as_object().unwrap().values().any(|value| !value.is_null());
    vec![
        ("continent", area("code", &entry["continent"])),
        ("country", named("country")),
        ("registered_country", named("registered_country")),
        ("region", subdivisions.first().cloned().unwrap_or_default()),
        ("subdivisions", json!(subdivisions)),
        ("city", entry["city"]["names"]["en"].clone()),
        ("postal_code", entry["postal"]["code"].clone()),
        ("time_zone", location["time_zone"].clone()),
        ("position", position.unwrap_or_default()),
        ("metro_code", location["metro_code"].clone()),
        ("confidence", if sure { confidence } else { Value::Null }),
    ]
}

fn system(entry: &Value) -> Vec<(&'static str, Value)> {
    let traits = &entry["traits"];
    let of =
        |name: &str| if entry[name].is_null() { traits[name].clone() } else { entry[name].clone() };
    let number = of("autonomous_system_number");
    if number.is_null() {
        return Vec::new();
    }
    let organisation = of("autonomous_system_organization");
    vec![("number", number), ("organisation", organisation), ("isp", of("isp"))]
}

fn expected_answers(folder: &Path, name: &str) -> Vec<(IpNet, Value)> {
    let text = std::fs::read_to_string(folder.join(format!("source-data/{name}.json"))).unwrap();
    let source: Vec<serde_json::Map<String, Value>> = serde_json::from_str(&text).unwrap();
    let entries = source.into_iter().flatten();
    entries.map(|(network, entry)| (as_v4(network.parse().unwrap()), entry)).collect()
}

/// Some IPv4 networks are written as IPv6 ones, as the tree of a database has them.
fn as_v4(network: IpNet) -> IpNet {
    match network {
        IpNet::V6(v6) if v6.prefix_len() >= 96 && v6.addr().segments()[..6] == [0; 6] => {
            let [.., a, b, c, d] = v6.addr().octets();
            IpNet::new(IpAddr::from([a, b, c, d]), v6.prefix_len() - 96).unwrap()
        }
        other => other,
    }
}

fn last(network: &IpNet) -> IpAddr {
    network.broadcast()
}

#[test]
fn broken_databases_and_bombs_are_refused_or_know_nothing_and_never_hang() {
    let Some(folder) = folder() else { return };
    let mut files = databases_in(&folder.join("bad-data"));
    files.extend(databases_in(&folder.join("test-data")));
    assert!(files.len() > 60, "{}", files.len());
    let addresses =
        ["0.0.0.1", "1.1.1.1", "1.1.1.3", "81.2.69.142", "2001:220::1", "::1:ffff:ffff"];
    let (mut refused, mut opened) = (0, 0);
    for path in files {
        let started = Instant::now();
        match Databases::open(std::slice::from_ref(&path)) {
            Err(_) => refused += 1,
            Ok(databases) => {
                opened += 1;
                for address in addresses {
                    let set = databases.current();
                    let answer = serde_json::to_string(&set.look_up(address.parse().unwrap()));
                    assert!(answer.unwrap().len() < 4_096, "{}", path.display());
                }
            }
        }
        assert!(started.elapsed() < LONGEST, "{}", path.display());
    }
    assert!(refused > 0 && opened > 0, "{refused} {opened}");
}

#[test]
fn a_real_database_with_a_wrong_byte_anywhere_is_refused_or_answers() {
    /// A prime, so that over the file all kinds of bytes are hit.
    const EVERY: usize = 11;
    let Some(folder) = folder() else { return };
    let valid = std::fs::read(folder.join("test-data/GeoIP2-Enterprise-Test.mmdb")).unwrap();
    let addresses = ["2.125.160.216", "74.209.24.0", "81.2.69.160", "2a02:cf40::1"];
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("broken.mmdb");
    for at in (0..valid.len()).step_by(EVERY) {
        let mut bad = valid.clone();
        bad[at] ^= 0xff;
        std::fs::write(&path, &bad).unwrap();
        if let Ok(databases) = Databases::open(std::slice::from_ref(&path)) {
            for address in addresses {
                let answer =
                    serde_json::to_string(&databases.current().look_up(address.parse().unwrap()));
                assert!(answer.unwrap().len() < 65_536, "byte {at}");
            }
        }
    }
}

fn databases_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|it| it == "mmdb"));
    files.chain(folders.iter().flat_map(|folder| databases_in(folder))).collect()
}
