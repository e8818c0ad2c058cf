//! A private PostgreSQL whose WAL goes to an encrypted repository beside it, by the configuration that operators use.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::ini::Ini;
use crate::stack::host::{self, User};
use crate::stack::{Postgres, process};
use crate::{paths, wait};

const CONFIGURATION: &str = "ops/pgbackrest/pgbackrest.conf";
const ARCHIVING: &str = "ops/pgbackrest/archiving.sql";
/// The archive's timeout and the time of a transfer.
const ARCHIVED: Duration = Duration::from_secs(75);
const RECOVERED: Duration = Duration::from_mins(30);

/// One of the two databases.
pub(crate) struct Cluster {
    pub(crate) stanza: &'static str,
    /// Where the server's folder is; that of the repository, too.
    pub(crate) home: PathBuf,
    pub(crate) config: PathBuf,
    dir: PathBuf,
    port: u16,
    user: Option<User>,
    postgres: Option<Postgres>,
}

impl Cluster {
    /// Starts it, makes the repository and turns archiving on.
    pub(crate) fn start(dir: &Path, stanza: &'static str, port: u16) -> anyhow::Result<Self> {
        let dir = dir.join(stanza);
        let mut postgres = Postgres::start(&dir, port)?;
        let home = postgres.data_dir().parent().context("no folder")?.to_owned();
        let user = host::root().then(|| host::user("postgres").context("no user `postgres`"));
        let config = home.join("pgbackrest.conf");
        let cluster =
            Self { stanza, dir, home, config, port, user: user.transpose()?, postgres: None };
        cluster.configure()?;
        cluster.run(&postgres, &["stanza-create"])?;
        let program = format!("pgbackrest={}", cluster.program());
        let stanza = format!("stanza={stanza}");
        let mut psql = postgres.psql();
        psql.args(["--set", &program, "--set", &stanza, "--file"]);
        psql.arg(paths::root().join(ARCHIVING));
        process::run("psql", &mut psql, &cluster.log())?;
        postgres.restart()?;
        cluster.run(&postgres, &["check"])?;
        Ok(Self { postgres: Some(postgres), ..cluster })
    }

    /// The running server.
    pub(crate) fn postgres(&self) -> anyhow::Result<&Postgres> {
        self.postgres.as_ref().context("PostgreSQL does not run")
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.home.join("repository")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("drill.log")
    }

    pub(crate) fn backup(&self) -> anyhow::Result<()> {
        self.run(self.postgres()?, &["--type=full", "backup"])
    }

    /// Waits until all that is committed now has been archived.
    pub(crate) fn await_archived(&self, at_once: bool) -> anyhow::Result<()> {
        let postgres = self.postgres()?;
        let wanted = postgres.sql("select pg_walfile_name(pg_current_wal_lsn())")?;
        if at_once {
            postgres.sql("select pg_switch_wal()")?;
        }
        wait::until("the archiving of WAL", ARCHIVED, || {
            let last = postgres.sql("select last_archived_wal from pg_stat_archiver")?;
            Ok(last.trim() >= wanted.trim())
        })
    }

    /// Ends the server with SIGKILL and deletes its files.
    pub(crate) fn destroy(&mut self) -> anyhow::Result<()> {
        let mut postgres = self.postgres.take().context("PostgreSQL does not run")?;
        postgres.kill9()?;
        fs::remove_dir_all(postgres.data_dir()).context("failed to delete the data")
    }

    /// Restores the newest backup and what was archived since, as far as `options` say, and starts the server.
    pub(crate) fn restore(&mut self, options: &[&str]) -> anyhow::Result<()> {
        let mut restore = self.pgbackrest();
        restore.args(options).arg("restore");
        self.make_folder(&self.home.join("data"))?;
        process::run("pgbackrest restore", &mut restore, &self.log())?;
        self.postgres = Some(Postgres::start(&self.dir, self.port)?);
        self.await_recovered()
    }

    /// A copy in another folder, restored to the end of what was archived before the crash. It archives nothing.
    pub(crate) fn restore_copy(&self, port: u16) -> anyhow::Result<Self> {
        let copy = self.home.join("copy");
        self.make_folder(&copy)?;
        self.make_folder(&copy.join("data"))?;
        fs::copy(self.home.join("password"), copy.join("password")).context("no password")?;
        let mut restore = self.pgbackrest();
        restore.arg(format!("--pg1-path={}", copy.join("data").display()));
        restore.args(["--archive-mode=off", "--target-timeline=current", "restore"]);
        process::run("pgbackrest restore", &mut restore, &self.log())?;
        let postgres = Some(Postgres::start(&copy, port)?);
        let (home, config, user) = (copy.clone(), self.config.clone(), self.user.clone());
        let copy = Self { stanza: self.stanza, home, config, dir: copy, port, user, postgres };
        copy.await_recovered()?;
        Ok(copy)
    }

    /// Asks the database itself: a server that dies because it cannot reach the moment says "started" before.
    fn await_recovered(&self) -> anyhow::Result<()> {
        let postgres = self.postgres()?;
        wait::until("the end of the recovery", RECOVERED, || {
            let answer = postgres.sql("select pg_is_in_recovery()");
            Ok(answer.context("the recovery failed; see postgres.log")?.trim() == "f")
        })
    }

    /// pgBackRest with its options, run as the server's user.
    pub(crate) fn pgbackrest(&self) -> Command {
        let mut command = host::command_as(self.user.as_ref(), Path::new("pgbackrest"));
        command.arg(format!("--config={}", self.config.display()));
        command.arg(format!("--stanza={}", self.stanza));
        command
    }

    fn run(&self, postgres: &Postgres, words: &[&str]) -> anyhow::Result<()> {
        let mut command = self.pgbackrest();
        command.args(words).envs(postgres.client_environment());
        process::run(&format!("pgbackrest {}", words.join(" ")), &mut command, &self.log())
    }

    /// As the server calls it.
    fn program(&self) -> String {
        format!("pgbackrest --config={}", self.config.display())
    }

    /// The operators' configuration with our paths and a passphrase.
    fn configure(&self) -> anyhow::Result<()> {
        let file = paths::root().join(CONFIGURATION);
        let text = fs::read_to_string(&file).context("failed to read pgbackrest.conf")?;
        let mut config = Ini::parse(&text);
        let at = |name: &str| self.home.join(name).display().to_string();
        for (option, value) in [
            ("pg1-path", at("data")),
            ("pg1-port", self.port.to_string()),
            ("repo1-path", at("repository")),
            ("lock-path", at("lock")),
            ("log-path", at("log")),
            ("repo1-cipher-pass", host::random_hex(32)?),
        ] {
            config.set(self.stanza, option, &value);
        }
        if config.get(self.stanza, "pg1-port") != Some(self.port.to_string().as_str()) {
            bail!("{CONFIGURATION} has no stanza {}", self.stanza);
        }
        host::write_secret(&self.config, &config.to_string())?;
        ["repository", "lock", "log"]
            .into_iter()
            .try_for_each(|it| self.make_folder(&self.home.join(it)))?;
        self.own(&self.config)
    }

    fn make_folder(&self, path: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(path)
            .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o700)))
            .with_context(|| format!("failed to create {}", path.display()))?;
        self.own(path)
    }

    fn own(&self, path: &Path) -> anyhow::Result<()> {
        let Some(user) = &self.user else { return Ok(()) };
        chown(path, Some(user.uid), Some(user.gid))
            .with_context(|| format!("failed to give {} to {}", path.display(), user.name))
    }
}
