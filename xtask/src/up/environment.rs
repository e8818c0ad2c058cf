//! The environment that every `folkmoot` process gets: where the parts are, each service's own role, the keys.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use super::commands::{DATABASES, GATEWAY, POSTCODES, WEBHOOK_RECEIVERS};
use super::state::RunDir;
use crate::stack::host;

/// Variables by name.
pub type Environment = BTreeMap<String, String>;

/// Where the parts are, ours or somebody else's.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// `DATABASE_URL`, the administrator's.
    pub database: String,
    /// `KAFKA_BROKERS`.
    pub kafka: String,
    /// `REDIS_URL`.
    pub redis: String,
    /// The mail catcher's port.
    pub mail: u16,
}

/// All variables but the keys', which [`add_keys`] adds once they are made.
pub fn of(run: &RunDir, addresses: &Addresses) -> anyhow::Result<Environment> {
    let passwords = role_passwords(&run.at("secrets"))?;
    let mut all = Environment::new();
    let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
    set("DATABASE_URL", addresses.database.clone());
    set("KAFKA_BROKERS", addresses.kafka.clone());
    set("REDIS_URL", addresses.redis.clone());
    set("FOLKMOOT_PUBLIC_URL", GATEWAY.to_owned());
    set("FOLKMOOT_MAIL", "catch".to_owned());
    set("FOLKMOOT_MAIL_CATCH", format!("127.0.0.1:{}", addresses.mail));
    set("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS", WEBHOOK_RECEIVERS.to_owned());
    set(
        "FOLKMOOT_POSTCODES_FILE",
        run.at(&format!("data/{POSTCODES}.bin")).to_string_lossy().into_owned(),
    );
    for (service, database) in DATABASES {
        let password = passwords.get(service).map(String::as_str).unwrap_or_default();
        let url =
            with_role(&addresses.database, &format!("folkmoot_{service}"), password, database)?;
        set(&format!("FOLKMOOT_{}_DATABASE_URL", service.to_uppercase()), url);
    }
    Ok(all)
}

/// Adds what `folkmoot keys generate` wrote.
pub fn add_keys(run: &RunDir, environment: &mut Environment) -> anyhow::Result<()> {
    let file = run.at("secrets/env");
    let text =
        fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
    environment.extend(pairs(&text));
    Ok(())
}

/// The same server as another role, in another database. Parameters after `?` stay.
fn with_role(admin: &str, role: &str, password: &str, database: &str) -> anyhow::Result<String> {
    let parts = || {
        let (scheme, rest) = admin.split_once("://")?;
        let (_, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (address, path) = rest.split_once('/')?;
        let parameters = path.split_once('?').map_or(String::new(), |(_, it)| format!("?{it}"));
        Some(format!("{scheme}://{role}:{password}@{address}/{database}{parameters}"))
    };
    parts().context("DATABASE_URL must look like postgres://role:password@host:port/database")
}

/// One random password per role, made once.
fn role_passwords(secrets: &Path) -> anyhow::Result<Environment> {
    fs::create_dir_all(secrets)
        .and_then(|()| fs::set_permissions(secrets, fs::Permissions::from_mode(0o700)))
        .with_context(|| format!("failed to create {}", secrets.display()))?;
    let file = secrets.join("roles");
    let mut known: Environment =
        fs::read_to_string(&file).map(|text| pairs(&text).collect()).unwrap_or_default();
    for (service, _) in DATABASES {
        if !known.contains_key(service) {
            known.insert(service.to_owned(), host::random_hex(24)?);
        }
    }
    let lines: Vec<String> = known.iter().map(|(role, word)| format!("{role}={word}\n")).collect();
    host::write_secret(&file, &lines.concat())?;
    Ok(known)
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_gets_its_own_role_and_database() {
        let dir = tempfile::tempdir().unwrap();
        let addresses = Addresses {
            database: "postgres://admin:p%40ss@db/folkmoot?sslmode=require".to_owned(),
            kafka: "k:9092".to_owned(),
            redis: "redis://r".to_owned(),
            mail: 2525,
        };
        let run = RunDir(dir.path().to_owned());
        let all = of(&run, &addresses).unwrap();
        let keyring = all.get("FOLKMOOT_KEYRING_DATABASE_URL").unwrap();
        assert!(keyring.starts_with("postgres://folkmoot_keyring:"));
        assert!(keyring.ends_with("@db/folkmoot_keyring?sslmode=require"));
        assert_eq!(of(&run, &addresses).unwrap(), all, "the passwords are made once");
    }
}
