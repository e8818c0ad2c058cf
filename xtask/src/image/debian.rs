//! Which Debian packages the image's files come from, so that scanners and licences find them. Elsewhere than on Debian
//! nothing is known of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::stack::host;

/// A package as dpkg knows it.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) architecture: String,
    /// Its record, of which scanners read the name, the source and the version.
    pub(super) status: String,
}

/// The packages of some files, by name.
pub(super) fn owners(files: &[PathBuf]) -> anyhow::Result<BTreeMap<String, Package>> {
    if !host::has("dpkg-query", "--version") {
        return Ok(BTreeMap::new());
    }
    let mut owners = BTreeMap::new();
    for file in files {
        let name = owner(file).with_context(|| format!("{} is in no package", file.display()))?;
        if !owners.contains_key(&name) {
            owners.insert(name.clone(), package(&name)?);
        }
    }
    Ok(owners)
}

/// dpkg knows a file by the path that its package has, which may be the one before the merge of `/lib` into `/usr/lib`.
fn owner(file: &Path) -> Option<String> {
    let real = std::fs::canonicalize(file).ok()?;
    let before = Path::new("/").join(real.strip_prefix("/usr").unwrap_or(&real));
    [file, &real, &before].into_iter().find_map(|path| {
        let text = dpkg(&["--search"], &path.to_string_lossy())?;
        text.split([':', ',']).next().map(ToOwned::to_owned)
    })
}

fn package(name: &str) -> anyhow::Result<Package> {
    let status = dpkg(&["--status"], name).with_context(|| format!("dpkg has no {name}"))?;
    let field = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(": "));
        line.map(ToOwned::to_owned).with_context(|| format!("{name} has no {field}"))
    };
    let (version, architecture) = (field("Version")?, field("Architecture")?);
    Ok(Package { name: name.to_owned(), version, architecture, status })
}

fn dpkg(verb: &[&str], of: &str) -> Option<String> {
    let output = Command::new("dpkg-query").args(verb).arg(of).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_is_found_in_its_package() {
        if !host::has("dpkg-query", "--version") {
            return;
        }
        let libc = Path::new("/lib64/ld-linux-x86-64.so.2");
        if libc.exists() {
            let owners = owners(&[libc.to_owned()]).unwrap();
            assert!(owners.get("libc6").unwrap().status.contains("\nSource: glibc\n"));
        }
    }
}
