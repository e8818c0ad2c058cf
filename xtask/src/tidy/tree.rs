//! The files that tidy looks at: what git tracks or would add, read once into memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// Path (with `/`, from the root) to text; a file that is not UTF-8 is kept with an empty text.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    pub(crate) fn load(root: &Path) -> anyhow::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(root)
            .output()
            .context("failed to start git, which tidy needs to list the files")?;
        ensure!(listed.status.success(), "git ls-files failed: is this a clone of the repository?");
        let names = String::from_utf8(listed.stdout).context("a file name is not UTF-8")?;
        let mut files = BTreeMap::new();
        for name in names.split('\0').filter(|name| !name.is_empty()) {
            // A file that is tracked but deleted in the work tree is simply not there.
            if let Ok(bytes) = std::fs::read(root.join(name)) {
                files.insert(name.to_owned(), String::from_utf8(bytes).unwrap_or_default());
            }
        }
        Ok(Self { files })
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self { files: owned.collect() }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| has_extension(path, "rs"))
    }

    pub(crate) fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| {
            path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// Whether a file or a folder of that name exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        path.is_empty() || self.files.contains_key(path) || self.under(path).next().is_some()
    }

    /// Names of the services; `suite` is the binary that runs them and is not one itself.
    pub(crate) fn services(&self) -> Vec<&str> {
        let manifests = self.files.keys().filter_map(|path| {
            path.strip_prefix("services/")?.strip_suffix("/Cargo.toml").filter(|n| !n.contains('/'))
        });
        manifests.filter(|name| *name != "suite").collect()
    }
}

pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Numbered lines, from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().zip(1..).map(|(line, number)| (number, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_services_are_known_from_the_files() {
        let tree = Tree::of(&[
            ("services/suite/Cargo.toml", ""),
            ("services/campaigns/Cargo.toml", ""),
            ("docs/adr/0001-x.md", ""),
        ]);
        assert_eq!(tree.services(), ["campaigns"]);
        assert!(tree.has("docs/adr"));
        assert!(!tree.has("docs/ad"));
    }
}
