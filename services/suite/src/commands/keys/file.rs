//! A file of `NAME=value` lines, as systemd, containers and `kubectl create secret --from-env-file` read it.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// The lines as they are in the file: what an operator wrote between ours stays.
pub(super) struct EnvFile {
    path: PathBuf,
    lines: Vec<String>,
    added: usize,
    is_changed: bool,
}

impl EnvFile {
    /// Reads the file; one that is missing is empty.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            // An unreadable file is not an empty one, in whose place new keys could be written.
            text => text.with_context(|| format!("failed to read {}", path.display()))?,
        };
        let lines = text.lines().map(str::to_owned).collect();
        Ok(Self { path: path.to_owned(), lines, added: 0, is_changed: false })
    }

    /// Settings that go elsewhere than into a file.
    pub(super) fn in_memory() -> Self {
        Self { path: PathBuf::new(), lines: Vec::new(), added: 0, is_changed: false }
    }

    /// All settings.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().filter_map(|line| line.split_once('='))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }

    /// The value of a setting, which may be in a file that `NAME_FILE` names.
    pub(super) fn value(&self, name: &str) -> anyhow::Result<String> {
        if let Some(value) = self.get(name) {
            return Ok(value.to_owned());
        }
        let path = self.get(&in_file(name)).with_context(|| format!("{name} is not set"))?;
        fs::read_to_string(path).with_context(|| format!("failed to read {path}"))
    }

    /// Adds a setting unless the file has it.
    pub(super) fn add(
        &mut self,
        name: &str,
        make: impl FnOnce() -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        if self.get(name).is_none() && self.get(&in_file(name)).is_none() {
            self.lines.push(format!("{name}={}", make()?));
            self.added += 1;
            self.is_changed = true;
        }
        Ok(())
    }

    /// Adds a setting or replaces its value. For what follows from other settings.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let line = format!("{name}={value}");
        match self.get(name) {
            Some(present) if present == value => return,
            Some(_) => self
                .lines
                .retain(|line| !line.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))),
            None => self.added += 1,
        }
        self.lines.push(line);
        self.is_changed = true;
    }

    /// Writes the file, if it changed. Returns the number of settings added.
    pub(super) fn save(&mut self) -> anyhow::Result<usize> {
        if self.is_changed {
            self.write().with_context(|| format!("failed to write {}", self.path.display()))?;
            self.is_changed = false;
        }
        Ok(std::mem::take(&mut self.added))
    }

    fn write(&self) -> anyhow::Result<()> {
        let draft = self.path.with_extension("draft");
        // A draft of an interrupted run may have other rights.
        let _ = fs::remove_file(&draft);
        let mut out =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        out.write_all((self.lines.join("\n") + "\n").as_bytes())?;
        out.sync_all()?;
        Ok(fs::rename(&draft, &self.path)?)
    }
}

fn in_file(name: &str) -> String {
    format!("{name}_FILE")
}
