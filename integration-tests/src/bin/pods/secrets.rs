//! The Secrets of an installation, made as docs/kubernetes.md says.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::Context as _;

use crate::command::{run, setting};

const DOMAIN: &str = "mail.mill-lane.uk";
/// Of the services, and of the keyring alone.
const WITH_DATABASE: [&str; 6] =
    ["gateway", "identity", "campaigns", "messaging", "retention", "webhooks"];
const REDIS: &str = "redis://10.250.0.1:6379/0";

/// Texts of the environment files, by the name of their Secret.
pub(crate) fn generate(
    dir: &Path,
    trial: bool,
    unique: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    let folkmoot = setting("FOLKMOOT_TEST_BIN")?;
    let dir = dir.to_str().context("the folder's name is not Unicode")?;
    let urls = database_urls(unique)?;
    if trial {
        run(&folkmoot, &["keys", "generate", "--dir", dir, "--trial"])?;
        let mut text = fs::read_to_string(format!("{dir}/env"))?;
        for (service, url) in &urls {
            add(&mut text, &database_name(service), url);
        }
        add(&mut text, "REDIS_URL", REDIS);
        return Ok(BTreeMap::from([("folkmoot-trial".to_owned(), text)]));
    }
    run(&folkmoot, &["keys", "generate", "--dir", dir, "--domain", DOMAIN])?;
    let mut secrets = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(service) = path.extension().filter(|it| *it == "env").and(path.file_stem()) else {
            continue;
        };
        let service = service.to_str().context("a file's name is not Unicode")?;
        let mut text = fs::read_to_string(&path)?;
        if let Some(url) = urls.get(service) {
            add(&mut text, &database_name(service), url);
        }
        if service == "gateway" {
            add(&mut text, "REDIS_URL", REDIS);
        }
        secrets.insert(format!("folkmoot-{service}"), text);
    }
    Ok(secrets)
}

fn add(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name}={value}");
}

fn database_name(service: &str) -> String {
    format!("FOLKMOOT_{}_DATABASE_URL", service.to_uppercase())
}

/// Each installation has roles and databases of its own.
fn database_urls(unique: &str) -> anyhow::Result<BTreeMap<&'static str, String>> {
    let admin = setting("DATABASE_URL")?;
    let (_, server) = admin.split_once('@').context("DATABASE_URL has no user")?;
    let (server, _) = server.split_once('/').context("DATABASE_URL has no database")?;
    let url = |service: &str, database: &str| {
        format!("postgres://{unique}_{service}:{unique}@{server}/{database}?sslmode=verify-full")
    };
    let services = WITH_DATABASE.map(|service| (service, url(service, unique)));
    let keyring = ("keyring", url("keyring", &format!("{unique}_keyring")));
    Ok(services.into_iter().chain([keyring]).collect())
}
