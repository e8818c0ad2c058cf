//! A private PostgreSQL cluster on loopback: durable as in production (fsync stays on), reached over TCP only, since a
//! socket's path may not be longer than 107 bytes.

use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::Signal;

pub use super::postgres_home::remove;
use super::postgres_home::{ADMIN, Home};
use super::process::{self, Process};
use crate::wait;

const READY: Duration = Duration::from_mins(1);
const GRACE: Duration = Duration::from_secs(15);
/// The database of the suite.
const DATABASE: &str = "folkmoot";
/// What differs from the server's own defaults.
const SETTINGS: [&str; 6] = [
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=256MB",
    "wal_level=replica",
    "fsync=on",
    "timezone=UTC",
];

/// A running PostgreSQL.
pub struct Postgres {
    home: Home,
    address: SocketAddrV4,
    password: String,
    process: Process,
}

impl Postgres {
    /// Starts it in `dir` (making the cluster and the database `folkmoot` the first time), or takes the one that runs there already.
    pub fn start(dir: &Path, port: u16) -> anyhow::Result<Self> {
        Self::start_at(dir, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
    }

    /// The same on an address that is not loopback, for clients on a private network of the machine.
    pub fn start_at(dir: &Path, address: SocketAddrV4) -> anyhow::Result<Self> {
        let home = Home::prepare(dir)?;
        home.admit(*address.ip())?;
        let password = home.password()?;
        let running = Process::adopt("postgres", &home.dir.join("postgres.pid"))
            .map(|process| process.stopped_by(Signal::INT, GRACE));
        let process = running.map_or_else(|| spawn(&home, address), Ok)?;
        let mut postgres = Self { home, address, password, process };
        postgres.await_ready()?;
        postgres.ensure_database()?;
        Ok(postgres)
    }

    /// The process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The administrator's URL of the database `folkmoot`.
    pub fn url(&self) -> String {
        self.url_of(ADMIN, &self.password, DATABASE)
    }

    /// The URL of any role and database.
    pub fn url_of(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgres://{role}:{password}@{}/{database}", self.address)
    }

    /// The folder of its files, for tests that search them.
    pub fn data_dir(&self) -> PathBuf {
        self.home.data()
    }

    /// Ends the postmaster and every backend with SIGKILL.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.process.kill9()
    }

    /// Starts it again on the same data and port, after a fast shutdown if it still runs.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        self.process = spawn(&self.home, self.address)?;
        self.await_ready()
    }

    /// A fast shutdown: open transactions are rolled back, everything is written.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.process.stop()
    }

    /// Lets it run on after us.
    pub fn detach(&mut self) {
        self.process.detach();
    }

    /// Runs one SQL text as the administrator and returns what psql prints, unaligned and without column names.
    pub fn sql(&self, text: &str) -> anyhow::Result<String> {
        self.sql_in(DATABASE, text)
    }

    /// The same in another database.
    pub fn sql_in(&self, database: &str, text: &str) -> anyhow::Result<String> {
        psql(&self.home.bin, &self.url_of(ADMIN, &self.password, database), text)
    }

    /// psql as the administrator, for scripts.
    pub fn psql(&self) -> Command {
        psql_command(&self.home.bin, &self.url())
    }

    /// What libpq's clients need to connect as the administrator.
    pub fn client_environment(&self) -> Vec<(&'static str, String)> {
        libpq_variables(&self.url())
    }

    fn await_ready(&mut self) -> anyhow::Result<()> {
        let log = self.home.dir.join("postgres.log");
        let (host, port) = (self.address.ip().to_string(), self.address.port().to_string());
        wait::until("PostgreSQL's readiness", READY, || {
            if !self.process.alive() {
                bail!("PostgreSQL ended; the end of {}:\n{}", log.display(), process::tail(&log));
            }
            let status = Command::new(self.home.bin.join("pg_isready"))
                .args(["-q", "-h", &host, "-p", &port])
                .stdout(Stdio::null())
                .status()
                .context("failed to run pg_isready")?;
            Ok(status.success())
        })
    }

    fn ensure_database(&self) -> anyhow::Result<()> {
        let maintenance = self.url_of(ADMIN, &self.password, "postgres");
        let present = format!("select 1 from pg_database where datname = '{DATABASE}'");
        if psql(&self.home.bin, &maintenance, &present)?.trim() != "1" {
            psql(&self.home.bin, &maintenance, &format!("create database {DATABASE}"))?;
        }
        Ok(())
    }
}

/// True when something accepts connections there.
pub fn answers(port: u16) -> bool {
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    TcpStream::connect_timeout(&address.into(), Duration::from_millis(500)).is_ok()
}

fn spawn(home: &Home, address: SocketAddrV4) -> anyhow::Result<Process> {
    let mut command = home.command("postgres");
    command.arg("-D").arg(home.data()).args(["-p", &address.port().to_string()]);
    command.args(["-c", &format!("listen_addresses={}", address.ip())]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    let process = Process::spawn("postgres", &mut command, &home.dir.join("postgres.log"))?;
    Ok(process.recorded(&home.dir.join("postgres.pid"))?.stopped_by(Signal::INT, GRACE))
}

fn psql_command(bin: &Path, url: &str) -> Command {
    let mut command = Command::new(bin.join("psql"));
    // The URL goes through the environment: arguments are readable by every user of the machine.
    command
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
        .env("PGSERVICEFILE", "/dev/null")
        .envs(libpq_variables(url));
    command
}

fn psql(bin: &Path, url: &str, text: &str) -> anyhow::Result<String> {
    let output =
        psql_command(bin, url).args(["-c", text]).output().context("failed to run psql")?;
    if !output.status.success() {
        bail!("psql failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn libpq_variables(url: &str) -> Vec<(&'static str, String)> {
    let parts = || {
        let (role, rest) = url.strip_prefix("postgres://")?.split_once(':')?;
        let (password, rest) = rest.split_once('@')?;
        let (address, database) = rest.split_once('/')?;
        let (host, port) = address.split_once(':')?;
        Some([role, password, host, port, database])
    };
    let names = ["PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGDATABASE"];
    names.into_iter().zip(parts().unwrap_or_default().map(str::to_owned)).collect()
}
