//! The folder of the cluster under `.run/`: its layout, and the processes that are recorded in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::stack::process::{self, Process};

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self(dir)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.0
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.at(&format!("log/{name}.log"))
    }

    /// The credentials of a user: `admin`, or a component's name.
    pub(super) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.at(&format!("kubeconfig/{user}"))
    }

    /// Writes a file, with the folders above it.
    pub(super) fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.at(name);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)
                .with_context(|| format!("failed to create {}", dir.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
        Ok(path)
    }

    /// Starts a process that outlives us; its record is how it is found again.
    pub(super) fn spawn(&self, name: &str, command: &mut Command) -> anyhow::Result<()> {
        let process = Process::spawn(name, command, &self.log(name))?;
        process.recorded(&self.record(name))?.detach();
        Ok(())
    }

    pub(super) fn runs(&self, name: &str) -> bool {
        let process = Process::adopt(name, &self.record(name));
        process.map(|mut process| process.detach()).is_some()
    }

    /// Fails with the end of its log when a process has ended.
    pub(super) fn refuse_dead(&self, name: &str) -> anyhow::Result<()> {
        if self.runs(name) {
            return Ok(());
        }
        let log = self.log(name);
        bail!("{name} ended; the end of {}:\n{}", log.display(), process::tail(&log))
    }

    /// The process of this name, to be stopped.
    pub(super) fn process(&self, name: &str) -> Option<Process> {
        Process::adopt(name, &self.record(name))
    }

    fn record(&self, name: &str) -> PathBuf {
        self.at(&format!("{name}.pid"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_outlives_its_start_and_is_found_by_its_record() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().to_owned());
        home.spawn("cat", Command::new("tail").args(["-f", "/dev/null"])).unwrap();
        assert!(home.runs("cat"));
        assert!(home.runs("cat"), "looking does not stop it");
        home.process("cat").unwrap().kill9().unwrap();
        assert!(home.refuse_dead("cat").unwrap_err().to_string().starts_with("cat ended"));
    }
}
