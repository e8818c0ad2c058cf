//! Whom a database URL logs in as, and the name of that role's worker.

use std::str::FromStr as _;

use anyhow::Context as _;

use super::tls;
use crate::{config::Env, secret::Secret};

/// PostgreSQL cuts longer names off, so that two of them may mean the same role.
const MAX_NAME: usize = 63;

/// The parts of a service's URL that the administrator needs.
pub(super) struct Login {
    pub(super) role: String,
    pub(super) password: String,
    pub(super) database: String,
}

impl Login {
    pub(super) fn of(url: &Secret) -> anyhow::Result<Self> {
        let (plain, _) = tls::split(url.expose())?;
        // The driver's error may quote parts of the URL.
        let config = tokio_postgres::Config::from_str(&plain).ok().context("is not a URL")?;
        let password = String::from_utf8(config.get_password().unwrap_or_default().to_vec());
        Ok(Self {
            role: config.get_user().context("names no role")?.to_owned(),
            password: password.context("has a password that is not UTF-8")?,
            database: config.get_dbname().context("names no database")?.to_owned(),
        })
    }

    pub(super) fn default_worker(&self) -> String {
        format!("{}_worker", self.role)
    }
}

/// The setting, or the default for a URL that was read without an error.
pub(super) fn worker_role(env: &mut Env, name: &str, url: &Secret) -> String {
    let default = Login::of(url).map(|login| login.default_worker());
    let role = env.optional(name).or(default.ok()).unwrap_or_default();
    if role.len() > MAX_NAME {
        env.error(format!("{name}: {role} is longer than {MAX_NAME} bytes"));
    }
    if role.is_empty() && !url.is_empty() {
        env.error(format!("{name} is not set, and the database URL names no role or database"));
    }
    role
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(pairs: &[(&str, &str)], url: &str) -> Result<String, String> {
        let mut env = Env::from_pairs(pairs.iter().copied());
        let role = worker_role(&mut env, "FOLKMOOT_NOTES_WORKER_ROLE", &Secret::new(url));
        env.finish().map(|()| role).map_err(|errors| errors.to_string())
    }

    #[test]
    fn the_worker_is_named_after_the_role_unless_a_setting_names_it() {
        let url = "postgres://acme%2Dnotes:p@h/d?sslmode=require";
        assert_eq!(worker(&[], url).unwrap(), "acme-notes_worker");
        let set = [("FOLKMOOT_NOTES_WORKER_ROLE", "acme-jobs")];
        assert_eq!(worker(&set, url).unwrap(), "acme-jobs");
        assert_eq!(worker(&set, "postgres://h/d").unwrap(), "acme-jobs");
    }

    #[test]
    fn a_worker_without_a_name_or_with_one_that_is_cut_off_is_a_configuration_error() {
        assert!(worker(&[], "postgres://h/d").unwrap_err().contains("names no role"));
        let long = format!("postgres://{}:p@h/d", "r".repeat(57));
        assert!(worker(&[], &long).unwrap_err().contains("longer than 63 bytes"));
    }
}
