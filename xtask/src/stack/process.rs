//! One process that we started and own: its log, its record on disk, its end. Dropping it stops it, unless it was
//! detached.

use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use rustix::process::Signal;

use super::proc_tree::Identity;
use super::progress;
use crate::say::Step;
use crate::{interrupt, wait};

/// After SIGKILL the kernel needs a moment to take down a process with much memory.
const DEATH: Duration = Duration::from_secs(10);
/// How many last lines of a log an error shows.
const TAIL_LINES: usize = 15;

/// A running process.
pub struct Process {
    name: String,
    identity: Identity,
    child: Option<Child>,
    record: Option<PathBuf>,
    detached: bool,
    stop_signal: Signal,
    grace: Duration,
}

impl Process {
    /// Starts `command` in its own process group (a terminal's Ctrl-C must not reach it before us), its output at the end of `log`.
    pub fn spawn(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let output = append(log)?;
        let errors = output.try_clone().context("failed to duplicate a log's handle")?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        Self::spawn_as_is(name, command)
    }

    /// Like [`Process::spawn`], but standard output goes into its own file, emptied first.
    pub fn spawn_into(
        name: &str,
        command: &mut Command,
        out: &Path,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let output =
            File::create(out).with_context(|| format!("failed to write {}", out.display()))?;
        command.stdin(Stdio::null()).stdout(output).stderr(append(log)?);
        Self::spawn_as_is(name, command)
    }

    fn spawn_as_is(name: &str, command: &mut Command) -> anyhow::Result<Self> {
        interrupt::check()?;
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("failed to start {name} ({program})"))?;
        let pid = i32::try_from(child.id()).context("a process id is out of range")?;
        let identity = Identity::of(pid).with_context(|| format!("{name} ended at once"))?;
        let (stop_signal, grace) = (Signal::TERM, Duration::from_secs(10));
        let name = name.to_owned();
        Ok(Self {
            name,
            identity,
            child: Some(child),
            record: None,
            detached: false,
            stop_signal,
            grace,
        })
    }

    /// Writes its identity to `record`, from which [`Process::adopt`] finds it again.
    pub fn recorded(mut self, record: &Path) -> anyhow::Result<Self> {
        let text = format!("{} {}\n", self.identity.pid, self.identity.born);
        fs::write(record, text).with_context(|| format!("failed to write {}", record.display()))?;
        self.record = Some(record.to_owned());
        Ok(self)
    }

    /// The signal that asks it to end, and how long it may take before it is killed.
    #[must_use]
    pub fn stopped_by(mut self, stop_signal: Signal, grace: Duration) -> Self {
        (self.stop_signal, self.grace) = (stop_signal, grace);
        self
    }

    /// The process that `record` names, if it still runs.
    pub fn adopt(name: &str, record: &Path) -> Option<Self> {
        let identity = read_record(record)?;
        identity.alive().then(|| Self {
            name: name.to_owned(),
            identity,
            child: None,
            record: Some(record.to_owned()),
            detached: false,
            stop_signal: Signal::TERM,
            grace: Duration::from_secs(10),
        })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        u32::try_from(self.identity.pid).unwrap_or_default()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().ok().flatten())
    }

    /// True while it runs.
    pub fn alive(&mut self) -> bool {
        self.ended().is_none() && self.identity.alive()
    }

    /// Waits for its end. A signal to us ends the wait, and with it the process.
    pub fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            if self.child.is_none() && !self.identity.alive() {
                bail!("{} ended", self.name);
            }
            interrupt::check()?;
            wait::pause();
        }
    }

    /// Kills it and all its descendants at once, and returns when they are gone.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        if !self.alive() {
            return Ok(());
        }
        let tree = self.identity.kill_tree();
        // A process whose first thread is a zombie may still hold its ports with others; reaping waits for them all.
        let ended = wait::patiently(DEATH, || {
            let reaped = self.child.is_none() || self.ended().is_some();
            reaped && !tree.iter().any(|process| process.alive())
        });
        if ended { Ok(()) } else { Err(anyhow!("{} survived SIGKILL", self.name)) }
    }

    /// Asks it to end, then kills it and whatever it left behind.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        if self.alive() {
            let tree = self.identity.tree();
            self.identity.signal(self.stop_signal);
            if !wait::patiently(self.grace, || !self.alive()) {
                self.kill9()?;
            }
            for left in tree {
                left.signal(Signal::KILL);
            }
        }
        if let Some(record) = &self.record {
            let _ = fs::remove_file(record);
        }
        Ok(())
    }

    /// Lets it run on after us.
    pub fn detach(&mut self) {
        self.detached = true;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.detached && self.alive() {
            let _ = self.stop();
        }
    }
}

/// Runs a command to its end, its output in `log`; a failure shows the log's last lines.
pub fn run(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<()> {
    finish(name, Process::spawn(name, command, log)?, log)
}

/// Like [`run`], while `step` shows the last line of the log.
pub fn run_shown(step: &Step, name: &str, command: &mut Command, log: &Path) -> anyhow::Result<()> {
    progress::enable(command);
    let mut process = Process::spawn(name, command, log)?;
    while process.ended().is_none() {
        interrupt::check()?;
        step.detail(&progress::last(log));
        wait::pause();
    }
    finish(name, process, log)
}

/// Like [`run_shown`], and returns what the command wrote to standard output, which goes to the file `out`.
pub fn run_shown_for_output(
    step: &Step,
    name: &str,
    command: &mut Command,
    log: &Path,
    out: &Path,
) -> anyhow::Result<String> {
    let mut process = Process::spawn_into(name, command, out, log)?;
    while process.ended().is_none() {
        interrupt::check()?;
        step.detail(&progress::last(log));
        wait::pause();
    }
    finish(name, process, log)?;
    fs::read_to_string(out).with_context(|| format!("failed to read {}", out.display()))
}

/// Like [`run`], and returns what the command wrote to standard output.
pub fn run_for_output(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<String> {
    let out = log.with_extension("out");
    finish(name, Process::spawn_into(name, command, &out, log)?, log)?;
    let text =
        fs::read_to_string(&out).with_context(|| format!("failed to read {}", out.display()));
    let _ = fs::remove_file(&out);
    text
}

/// Stops every process that a record under `dir` names: what a killed run left behind.
pub fn sweep(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sweep(&path);
        } else if path.extension().is_some_and(|extension| extension == "pid") {
            if let Some(mut process) = Process::adopt("a left-over", &path) {
                let _ = process.kill9();
            }
            let _ = fs::remove_file(&path);
        }
    }
}

/// The last lines of a log, for an error.
pub fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    // A progress bar overwrites its own line; only what came after it is worth showing.
    let lines: Vec<&str> = text.lines().filter_map(|line| line.rsplit('\r').next()).collect();
    lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n")
}

fn finish(name: &str, mut process: Process, log: &Path) -> anyhow::Result<()> {
    let status = process.wait()?;
    if !status.success() {
        bail!("{name} failed ({status}); the end of {}:\n{}", log.display(), tail(log));
    }
    Ok(())
}

fn append(log: &Path) -> anyhow::Result<File> {
    if let Some(dir) = log.parent() {
        fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("failed to open {}", log.display()))
}

fn read_record(record: &Path) -> Option<Identity> {
    let text = fs::read_to_string(record).ok()?;
    let (pid, born) = text.trim().split_once(' ')?;
    Some(Identity { pid: pid.parse().ok()?, born: born.parse().ok()? })
}
