//! `folkmoot migrate` as operators run it, with administrators and roles as providers of databases give them.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use anyhow::ensure;
use integration_tests::{places, suite::wait};
use xtask::stack::postgres::Postgres;

const WITH_SCHEMA: [&str; 7] =
    ["gateway", "identity", "campaigns", "messaging", "keyring", "retention", "webhooks"];

/// An installation on a cluster, with names of its own.
struct Installation<'a> {
    postgres: &'a Postgres,
    name: &'static str,
    settings: BTreeMap<String, String>,
}

impl<'a> Installation<'a> {
    fn new(postgres: &'a Postgres, name: &'static str) -> Self {
        let mut settings = BTreeMap::new();
        for service in WITH_SCHEMA {
            let database = format!("{name}-{}", if service == "keyring" { "keys" } else { "data" });
            let url = postgres.url_of(&format!("{name}-{service}"), "test", &database);
            settings.insert(format!("FOLKMOOT_{}_DATABASE_URL", service.to_uppercase()), url);
        }
        Self { postgres, name, settings }
    }

    /// With an administrator who may create roles and databases, and is not a superuser.
    fn with_administrator(mut self) -> anyhow::Result<Self> {
        let admin = format!("{}-admin", self.name);
        let create = format!("CREATE ROLE \"{admin}\" LOGIN CREATEROLE CREATEDB PASSWORD 'test'");
        self.postgres.sql(&create)?;
        let url = self.postgres.url_of(&admin, "test", "postgres");
        self.settings.insert("DATABASE_URL".to_owned(), url);
        Ok(self)
    }

    /// With roles and databases that exist, each database owned by the service's role.
    fn with_roles(mut self) -> anyhow::Result<Self> {
        for service in WITH_SCHEMA {
            let (role, worker) = (format!("{}-{service}", self.name), format!("{service}-jobs"));
            for step in [
                format!("CREATE ROLE \"{worker}\""),
                format!(
                    "CREATE ROLE \"{role}\" LOGIN NOINHERIT PASSWORD 'test' IN ROLE \"{worker}\""
                ),
                format!("CREATE DATABASE \"{role}\" OWNER \"{role}\""),
            ] {
                self.postgres.sql(&step)?;
            }
            let upper = service.to_uppercase();
            let url = self.postgres.url_of(&role, "test", &role);
            self.settings.insert(format!("FOLKMOOT_{upper}_DATABASE_URL"), url);
            self.settings.insert(format!("FOLKMOOT_{upper}_WORKER_ROLE"), worker);
        }
        Ok(self)
    }

    fn start(&self, words: &[&str]) -> anyhow::Result<Child> {
        let mut command = Command::new(places::setting("FOLKMOOT_TEST_BIN")?);
        command.arg("migrate").args(words).env_remove("DATABASE_URL").envs(&self.settings);
        Ok(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
    }

    fn run(&self, words: &[&str]) -> anyhow::Result<String> {
        output(self.start(words)?.wait_with_output()?)
    }

    fn schemas(&self) -> anyhow::Result<String> {
        let database = format!("{}-data", self.name);
        let names = "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace
                     WHERE nspname NOT LIKE 'pg_%' AND nspname NOT IN ('public', 'information_schema')";
        Ok(self.postgres.sql_in(&database, names)?.trim().to_owned())
    }
}

fn output(output: Output) -> anyhow::Result<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "folkmoot migrate failed: {error}");
    Ok(String::from_utf8(output.stdout)?)
}

/// A cluster of the test's own, with its log.
fn postgres(story: &str) -> anyhow::Result<(Postgres, PathBuf)> {
    let folder = places::folder(story)?;
    let postgres = Postgres::start(&folder, places::port()?)?;
    Ok((postgres, folder.join("postgres.log")))
}

#[test]
fn installations_share_a_cluster_and_any_number_of_runs_may_meet() -> anyhow::Result<()> {
    let (postgres, _log) = postgres("migrate-many")?;
    let first = Installation::new(&postgres, "acme").with_administrator()?;
    let second = Installation::new(&postgres, "mill-lane").with_administrator()?;
    let runs = [&first, &second, &first, &second, &first];
    let started = runs.map(|installation| installation.start(&[]));
    for run in started {
        output(run?.wait_with_output()?)?;
    }
    for installation in [&first, &second] {
        let again = installation.run(&[])?;
        assert_eq!(again.matches(": 0 migration(s) run").count(), WITH_SCHEMA.len(), "{again}");
        let waited = installation.run(&["--wait"])?;
        assert_eq!(waited.matches(": up to date").count(), WITH_SCHEMA.len(), "{waited}");
    }
    Ok(())
}

#[test]
fn without_an_administrator_the_owners_of_databases_migrate() -> anyhow::Result<()> {
    let (postgres, _log) = postgres("migrate-owner")?;
    let installation = Installation::new(&postgres, "owned").with_roles()?;
    installation.run(&[])?;
    installation.run(&["--wait"])?;
    Ok(())
}

#[test]
fn only_the_named_services_are_migrated() -> anyhow::Result<()> {
    let (postgres, _log) = postgres("migrate-named")?;
    let installation = Installation::new(&postgres, "named").with_administrator()?;
    // One without a schema has nothing to do.
    installation.run(&["campaigns", "webhooks", "postcodes"])?;
    assert_eq!(installation.schemas()?, "campaigns webhooks");
    let error = installation.run(&["campaign"]).unwrap_err().to_string();
    assert!(error.contains("there is no service or command campaign"), "{error}");
    Ok(())
}

#[test]
fn waiting_for_schemas_changes_nothing_and_ends_when_they_are_there() -> anyhow::Result<()> {
    let (postgres, log) = postgres("migrate-wait")?;
    let installation = Installation::new(&postgres, "patient").with_administrator()?;
    let mut waiting = installation.start(&["--wait", "campaigns"])?;
    wait("the first attempt", || {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        log.contains("authentication failed for user \"patient-campaigns\"")
    })?;
    installation.run(&["webhooks"])?;
    assert_eq!(installation.schemas()?, "webhooks");
    assert!(waiting.try_wait()?.is_none(), "it still waits");
    installation.run(&["campaigns"])?;
    let said = output(waiting.wait_with_output()?)?;
    assert!(
        said.contains("campaigns: waiting: ") && said.ends_with("campaigns: up to date\n"),
        "{said}"
    );
    Ok(())
}
