//! The database of an installation, as an administrator reads it.

use anyhow::Context as _;
use integration_tests::ledger::Database;

use crate::{
    command::{run, setting},
    release::Release,
};

/// The database of all services but the keyring.
pub(crate) struct Main(String);

impl Main {
    pub(crate) fn of(release: &Release) -> Self {
        Self(release.database.clone())
    }
}

impl Database for Main {
    fn rows(&self, sql: &str) -> anyhow::Result<Vec<Vec<String>>> {
        let admin = setting("DATABASE_URL")?;
        let (server, options) = admin.split_once('?').unwrap_or((&admin, ""));
        let (server, _) = server.rsplit_once('/').context("DATABASE_URL has no database")?;
        let authority = format!("{}/pki/ca.crt", setting("FOLKMOOT_CLUSTER")?);
        let url = format!("{server}/{}?{options}&sslrootcert={authority}", self.0);
        let text = run("psql", &[&url, "--no-psqlrc", "-qAt", "--command", sql])?;
        Ok(text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect())
    }
}
