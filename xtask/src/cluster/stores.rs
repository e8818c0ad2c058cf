//! What an installation has outside of the cluster, on the node's address, where pods reach it: PostgreSQL, Redis, Kafka and
//! a mail relay. PostgreSQL and the relay have certificates of the cluster's authority.

use std::fs;
use std::net::SocketAddrV4;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Signal;

use super::home::Home;
use super::network::{NODE_ADDRESS, RELAY_PORT, STORE_PORTS};
use super::pki;
use crate::say;
use crate::stack::process::Process;
use crate::stack::{Kafka, Ports, Postgres, Redis, jars, packages, postgres};

/// Their names are those of their folders and of their records in them.
const STORES: [&str; 3] = ["kafka", "redis", "postgres"];
const RELAY: &str = "mail-relay";
const GRACE: Duration = Duration::from_secs(20);

/// Starts what does not run, and returns the URL of PostgreSQL's administrator.
pub(super) fn start(home: &Home) -> anyhow::Result<String> {
    packages::require(&["python3-aiosmtpd"])?;
    pki::server(home, "stores", NODE_ADDRESS)?;
    say::step("check Apache Kafka's jars", |_| jars::ensure().map(drop))?;
    let Ports { postgres, redis, kafka } = STORE_PORTS;
    let mut postgres = say::step("start PostgreSQL", |_| {
        Postgres::start_at(&folder(home, "postgres"), address(postgres)?)
    })?;
    postgres.detach();
    encrypt(home, &postgres)?;
    say::step("start Redis", |_| Redis::start_at(&folder(home, "redis"), address(redis)?))?
        .detach();
    say::step("start Kafka", |_| Kafka::start_at(&folder(home, "kafka"), address(kafka)?))?
        .detach();
    if !home.runs(RELAY) {
        relay(home)?;
    }
    Ok(postgres.url() + "?sslmode=verify-full")
}

/// Stops them and deletes their data.
pub(super) fn stop(home: &Home) -> anyhow::Result<()> {
    if let Some(mut relay) = home.process(RELAY) {
        relay.stop()?;
    }
    for name in STORES {
        let record = folder(home, name).join(format!("{name}.pid"));
        if let Some(store) = Process::adopt(name, &record) {
            let signal = if name == "postgres" { Signal::INT } else { Signal::TERM };
            say::step(&format!("stop {name}"), |_| store.stopped_by(signal, GRACE).stop())?;
        }
    }
    postgres::remove(&folder(home, "postgres"))
}

fn folder(home: &Home, name: &str) -> std::path::PathBuf {
    home.at("stores").join(name)
}

fn address(port: u16) -> anyhow::Result<SocketAddrV4> {
    Ok(SocketAddrV4::new(NODE_ADDRESS.parse()?, port))
}

fn encrypt(home: &Home, postgres: &Postgres) -> anyhow::Result<()> {
    let data = postgres.data_dir();
    let owner = fs::metadata(&data).context("failed to find PostgreSQL's folder")?;
    for end in ["crt", "key"] {
        let file = data.join(format!("server.{end}"));
        fs::copy(home.at(&format!("pki/stores.{end}")), &file)
            .and_then(|_| fs::set_permissions(&file, fs::Permissions::from_mode(0o600)))
            .and_then(|()| chown(&file, Some(owner.uid()), Some(owner.gid())))
            .context("failed to give PostgreSQL its certificate")?;
    }
    postgres.sql("ALTER SYSTEM SET ssl = on")?;
    postgres.sql("SELECT pg_reload_conf()").map(drop)
}

/// Emails become files of a Maildir.
fn relay(home: &Home) -> anyhow::Result<()> {
    let mut relay = Command::new("/usr/bin/python3");
    relay
        .args(["-m", "aiosmtpd", "--nosetuid", "--listen", &format!("{NODE_ADDRESS}:{RELAY_PORT}")])
        .arg("--tlscert")
        .arg(home.at("pki/stores.crt"))
        .arg("--tlskey")
        .arg(home.at("pki/stores.key"))
        .args(["--class", "aiosmtpd.handlers.Mailbox"])
        .arg(home.at("stores/mail"));
    home.spawn(RELAY, &mut relay)
}
