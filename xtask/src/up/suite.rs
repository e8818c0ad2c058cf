//! Folkmoot itself as processes: the commands that prepare it, the mail catcher, `folkmoot all`.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::bail;

use super::commands;
use super::environment::Environment;
use super::state::{RunDir, port_taken};
use crate::stack::port;
use crate::stack::process::{self, Process};
use crate::{paths, wait};

const READY: Duration = Duration::from_mins(2);
const ANSWER: Duration = Duration::from_secs(2);

/// The binary with the environment that it runs in.
pub struct Suite {
    /// The binary.
    pub binary: PathBuf,
    /// Its environment.
    pub environment: Environment,
    /// Where its files lie.
    pub run: RunDir,
}

impl Suite {
    /// Runs a command of `folkmoot` to its end.
    pub fn run(&self, name: &str, arguments: Vec<String>) -> anyhow::Result<()> {
        process::run(name, &mut self.command(arguments), &self.run.log(name))
    }

    /// Runs a command of `folkmoot` and returns what it writes to standard output.
    pub fn ask(&self, name: &str, arguments: Vec<String>) -> anyhow::Result<String> {
        process::run_for_output(name, &mut self.command(arguments), &self.run.log(name))
    }

    /// Runs the main job as the README shows it, on the demo campaign; if not `whole`, up to the representative's email.
    pub fn main_job(&self, whole: bool) -> anyhow::Result<()> {
        let mut script = Command::new("bash");
        script.arg(paths::root().join(commands::MAIN_JOB)).env("FOLKMOOT_RUN", &self.run.0);
        if !whole {
            script.arg("--until-email");
        }
        process::run(commands::MAIN_JOB, &mut script, &self.run.log("main-job"))
    }

    /// Starts the mail catcher.
    pub fn catch_mail(&self, mail: u16) -> anyhow::Result<Process> {
        replace(&self.run.record("catch-mail"))?;
        if port::taken(mail) {
            return Err(port_taken(mail, "the mail catcher"));
        }
        let arguments = commands::catch_mail(mail, &self.run.at("mail"));
        let mut process = self.spawn("catch-mail", arguments)?;
        wait::until("the mail catcher's start", READY, || {
            self.refuse_dead("catch-mail", &mut process)?;
            Ok(port::taken(mail))
        })?;
        Ok(process)
    }

    /// Starts `folkmoot all` and waits until all its services say that they are ready: the gateway is up first, and the
    /// postcodes take a second to load.
    pub fn all(&self) -> anyhow::Result<Process> {
        replace(&self.run.record("folkmoot"))?;
        if let Some(port) = commands::suite_ports().find(|&port| port::taken(port)) {
            bail!(
                "port {port}, which `folkmoot all` needs, is taken by another program; stop that program first"
            );
        }
        let mut process = self.spawn("folkmoot", commands::all())?;
        wait::until("the services' readiness", READY, || {
            self.refuse_dead("folkmoot", &mut process)?;
            Ok(ready(commands::ADMIN_PORT))
        })?;
        Ok(process)
    }

    /// Fails, with its last words, when a process has ended.
    pub fn refuse_dead(&self, name: &str, process: &mut Process) -> anyhow::Result<()> {
        if process.alive() {
            return Ok(());
        }
        let log = self.run.log(name);
        bail!("{name} ended; the end of {}:\n{}", log.display(), process::tail(&log))
    }

    fn spawn(&self, name: &str, arguments: Vec<String>) -> anyhow::Result<Process> {
        Process::spawn(name, &mut self.command(arguments), &self.run.log(name))?
            .recorded(&self.run.record(name))
    }

    /// `folkmoot` with these arguments.
    pub fn command(&self, arguments: Vec<String>) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).envs(&self.environment).current_dir(paths::root());
        command
    }
}

/// True when `/readyz` on this port answers 200.
pub fn ready(admin_port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, admin_port));
        let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(String::from_utf8_lossy(&head).into_owned())
    };
    ask().is_ok_and(|head| head.ends_with(" 200"))
}

/// A process of an earlier start gives way to the newly built one.
fn replace(record: &Path) -> anyhow::Result<()> {
    Process::adopt("an earlier start", record).map_or(Ok(()), |mut process| process.stop())
}
