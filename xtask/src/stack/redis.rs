//! A private Redis on loopback with its append-only file on.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::process::{self, Process};
use crate::wait;

const READY: Duration = Duration::from_secs(20);
const ANSWER: Duration = Duration::from_millis(500);

/// A running Redis.
pub struct Redis {
    dir: PathBuf,
    address: SocketAddrV4,
    process: Process,
}

impl Redis {
    /// Starts it in `dir`, or takes the one that runs there already.
    pub fn start(dir: &Path, port: u16) -> anyhow::Result<Self> {
        Self::start_at(dir, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
    }

    /// The same on an address that is not loopback, for clients on a private network of the machine.
    pub fn start_at(dir: &Path, address: SocketAddrV4) -> anyhow::Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
        let running = Process::adopt("redis", &dir.join("redis.pid"));
        let process = running.map_or_else(|| spawn(dir, address), Ok)?;
        let mut redis = Self { dir: dir.to_owned(), address, process };
        redis.await_ready()?;
        Ok(redis)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What clients take as `REDIS_URL`.
    pub fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Ends it with SIGKILL.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.process.kill9()
    }

    /// Starts it again on the same data and port, after a clean stop if it still runs.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        self.process = spawn(&self.dir, self.address)?;
        self.await_ready()
    }

    /// Stops it gently.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.process.stop()
    }

    /// Lets it run on after us.
    pub fn detach(&mut self) {
        self.process.detach();
    }

    fn await_ready(&mut self) -> anyhow::Result<()> {
        let log = self.dir.join("redis.log");
        wait::until("Redis' answer to PING", READY, || {
            if !self.process.alive() {
                bail!("Redis ended; the end of {}:\n{}", log.display(), process::tail(&log));
            }
            Ok(pongs(self.address))
        })
    }
}

/// True when Redis answers PING there; not while it still loads its file.
pub fn answers(port: u16) -> bool {
    pongs(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

fn pongs(address: SocketAddrV4) -> bool {
    ping(address).is_ok_and(|reply| reply.starts_with(b"+PONG"))
}

fn ping(address: SocketAddrV4) -> std::io::Result<[u8; 5]> {
    let mut stream = TcpStream::connect_timeout(&address.into(), ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(b"PING\r\n")?;
    let mut reply = [0; 5];
    stream.read_exact(&mut reply)?;
    Ok(reply)
}

fn spawn(dir: &Path, address: SocketAddrV4) -> anyhow::Result<Process> {
    let mut command = Command::new("redis-server");
    command
        .current_dir(dir)
        .args(["--bind", &address.ip().to_string(), "--port", &address.port().to_string()])
        // There is no password: the address is one that only this machine reaches.
        .args(["--protected-mode", "no", "--dir", "."])
        .args(["--appendonly", "yes", "--save", "", "--daemonize", "no"]);
    Process::spawn("redis", &mut command, &dir.join("redis.log"))?.recorded(&dir.join("redis.pid"))
}
