//! The suite as processes: prepared by the operators' own commands, started as one process or as one per service, killed
//! and started again.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use contracts::services;
use serde_json::Value;
use xtask::stack::{Ports, Stack, process::Process};

use crate::{environment, places};

mod readiness;
mod replicas;

/// How the services are spread over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `folkmoot all`
    OneProcess,
    /// `folkmoot campaigns`, `folkmoot messaging`, …
    ProcessEach,
}

const READY: Duration = Duration::from_secs(90);

/// A running suite. Dropping it ends everything it started.
pub struct Suite {
    /// PostgreSQL, Redis, Kafka.
    pub stack: Stack,
    /// All files of this suite lie here.
    pub dir: PathBuf,
    /// What `folkmoot demo` printed: gateway, keys, campaign.
    pub demo: Value,
    env: BTreeMap<String, String>,
    mode: Mode,
    services: Vec<(String, Process)>,
    catcher: Option<Process>,
    binary: PathBuf,
}

impl Suite {
    /// Starts parts, services and demo in a new folder.
    pub fn start(story: &str, mode: Mode) -> anyhow::Result<Self> {
        Self::start_with(story, mode, &[])
    }

    /// The same with extra settings.
    pub fn start_with(story: &str, mode: Mode, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let binary = PathBuf::from(places::setting("FOLKMOOT_TEST_BIN")?);
        Self::start_binary(binary, story, mode, settings)
    }

    /// The same with another build of the program.
    pub fn start_binary(
        binary: PathBuf,
        story: &str,
        mode: Mode,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let dir = places::folder(story)?;
        let ports =
            Ports { postgres: places::port()?, redis: places::port()?, kafka: places::port()? };
        let stack = Stack::start(&dir, ports)?;
        let mut suite = Self::prepare(binary, dir, stack, mode, settings)?;
        suite.start_services()?;
        suite.create_demo()?;
        Ok(suite)
    }

    /// Prepares a suite on parts that run: settings, keys, schemas, topics, the mail catcher. No service runs yet.
    pub fn prepare(
        binary: PathBuf,
        dir: PathBuf,
        stack: Stack,
        mode: Mode,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        for part in ["log", "mail", "data"] {
            fs::create_dir_all(dir.join(part))?;
        }
        let env = environment::of(&dir, &stack)?;
        let (services, catcher) = (Vec::new(), None);
        let mut suite =
            Self { stack, dir, demo: Value::Null, env, mode, services, catcher, binary };
        suite.env.extend(settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let secrets = suite.path("secrets");
        let keys = ["keys", "generate", "--dir", &secrets];
        let trial = [&keys[..], &["--trial"]].concat();
        // An earlier build makes a trial's keys by default.
        suite.run("keys", &trial).or_else(|_older| suite.run("keys", &keys))?;
        let keys = fs::read_to_string(suite.dir.join("secrets/env"))?;
        let pairs = keys.lines().filter_map(|line| line.split_once('='));
        suite.env.extend(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
        suite.run("migrate", &["migrate"])?;
        suite.run("topics", &["topics"])?;
        places::write_postcodes(&suite.dir.join("data/postcodes.bin"))?;
        suite.start_catcher()?;
        Ok(suite)
    }

    /// Creates the organisation, keys and campaign of the demo; the gateway must be ready.
    pub fn create_demo(&mut self) -> anyhow::Result<()> {
        let state = self.path("demo.json");
        self.demo = serde_json::from_str(&self.run("demo", &["demo", "--state", &state])?)?;
        Ok(())
    }

    /// Starts the mail catcher.
    pub fn start_catcher(&mut self) -> anyhow::Result<()> {
        let listen = self.env.get("FOLKMOOT_MAIL_CATCH").context("no catcher's address")?.clone();
        let catch = ["catch-mail", "--listen", &listen, "--dir", &self.path("mail")];
        self.catcher = Some(self.spawn("catcher", &catch)?);
        wait("the mail catcher", || std::net::TcpStream::connect(&listen).is_ok())
    }

    /// Kills the mail catcher.
    pub fn kill_catcher(&mut self) -> anyhow::Result<()> {
        self.catcher.take().map_or(Ok(()), |mut catcher| catcher.kill9())
    }

    /// Starts the services and waits until the gateway is ready.
    pub fn start_services(&mut self) -> anyhow::Result<()> {
        let names = match self.mode {
            Mode::OneProcess => vec!["all"],
            Mode::ProcessEach => services::names().collect(),
        };
        for name in names {
            self.spawn_service(name)?;
        }
        self.wait_until_ready()
    }

    fn spawn_service(&mut self, name: &str) -> anyhow::Result<()> {
        let process = self.spawn(name, &[name])?;
        self.services.push((name.to_owned(), process));
        Ok(())
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        for service in services::names() {
            wait(service, || self.is_ready(service)).with_context(|| self.tail())?;
        }
        Ok(())
    }

    /// Kills all processes of the services at once, in the middle of whatever they do.
    pub fn kill_services(&mut self) -> anyhow::Result<()> {
        for (_, mut process) in self.services.drain(..) {
            process.kill9()?;
        }
        Ok(())
    }

    /// Kills the processes of some services, where each has one.
    pub fn kill_some(&mut self, names: &[&str]) -> anyhow::Result<()> {
        for (_, mut process) in
            self.services.extract_if(.., |(name, _)| names.contains(&name.as_str()))
        {
            process.kill9()?;
        }
        Ok(())
    }

    /// Hands over the process of one service, where each has one.
    pub fn take_one(&mut self, name: &str) -> Option<Process> {
        self.services.extract_if(.., |(it, _)| it == name).next().map(|(_, process)| process)
    }

    /// Starts the process of one service again, without waiting for it.
    pub fn start_one(&mut self, name: &str) -> anyhow::Result<()> {
        self.spawn_service(name)
    }

    /// Starts the processes of some services again and waits until all are ready.
    pub fn start_some(&mut self, names: &[&str]) -> anyhow::Result<()> {
        for name in names {
            self.spawn_service(name)?;
        }
        self.wait_until_ready()
    }

    /// Asks all processes of the services to end; gives how long that took.
    pub fn stop_services(&mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        for (_, mut process) in self.services.drain(..) {
            process.stop()?;
        }
        Ok(started.elapsed())
    }

    /// Runs one of the operators' commands; returns what it printed.
    pub fn run(&self, name: &str, words: &[&str]) -> anyhow::Result<String> {
        let output =
            self.command(words).output().with_context(|| format!("failed to run {name}"))?;
        if !output.status.success() {
            bail!(
                "folkmoot {} failed: {}",
                words.join(" "),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// A setting that the services were given.
    pub fn setting(&self, name: &str) -> &str {
        self.env.get(name).map_or("", String::as_str)
    }

    /// The services' processes.
    pub fn pids(&self) -> Vec<u32> {
        self.services.iter().map(|(_, process)| process.pid()).collect()
    }

    /// A text of the demo's state.
    pub fn demo_value(&self, name: &str) -> &str {
        self.demo.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// All that the processes of the suite wrote.
    pub fn logs(&self) -> anyhow::Result<String> {
        let mut all = String::new();
        for entry in fs::read_dir(self.dir.join("log"))? {
            all.push_str(&String::from_utf8_lossy(&fs::read(entry?.path())?));
        }
        Ok(all)
    }

    /// A path in this suite's folder, as text.
    pub fn path(&self, name: &str) -> String {
        self.dir.join(name).to_string_lossy().into_owned()
    }

    fn spawn(&self, name: &str, words: &[&str]) -> anyhow::Result<Process> {
        Process::spawn(
            name,
            &mut self.command(words),
            &self.dir.join("log").join(format!("{name}.log")),
        )
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(words).envs(&self.env);
        command
    }

    /// The last lines of the logs that are no routine.
    pub fn tail(&self) -> String {
        let logs = self.logs().unwrap_or_default();
        let lines: Vec<&str> =
            logs.lines().rev().filter(|l| !l.contains("\"INFO\"")).take(20).collect();
        format!("the last lines of the logs:\n{}", lines.join("\n"))
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        for process in self.services.iter_mut().map(|(_, p)| p).chain(self.catcher.as_mut()) {
            let _ = process.kill9();
        }
    }
}

/// Whether the service with this admin address says that it is ready.
pub fn ready(address: &str) -> bool {
    fetch(address, "/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// The whole answer to a GET at an address, head and all.
pub fn fetch(address: &str, path: &str) -> std::io::Result<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let ask = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Waits until `look` sees what it looks for.
pub fn wait(what: &str, mut look: impl FnMut() -> bool) -> anyhow::Result<()> {
    let started = Instant::now();
    while !look() {
        anyhow::ensure!(started.elapsed() < READY, "{what} did not come within {READY:?}");
        xtask::wait::pause();
    }
    Ok(())
}
