//! The binary as it is released: stripped, its debug information in a file beside it, no path of the machine that built it
//! in either.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::stack::process;
use crate::up::C_FLAGS;
use crate::up::commands::BINARY;
use crate::{paths, say, settings};

/// How the binary is built.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// As it is released.
    Released,
    /// As `cargo xtask up` builds it: in minutes less, to try something on the cluster.
    Quick,
}

impl Kind {
    /// The profile of the root `Cargo.toml`.
    const fn profile(self) -> &'static str {
        match self {
            Self::Released => "image",
            Self::Quick => "up",
        }
    }
}

/// What a build leaves.
pub(super) struct Built {
    /// Stripped.
    pub(super) binary: PathBuf,
    /// What debuggers and profilers need beside it.
    pub(super) debug: PathBuf,
}

/// Builds and splits the binary.
pub(super) fn build(dir: &Path, kind: Kind) -> anyhow::Result<Built> {
    fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
    let (paths, log) = (Remap::of_this_machine()?, dir.join("build.log"));
    let profile = kind.profile();
    say::step(&format!("build {BINARY} ({profile})"), |step| {
        let mut command = paths::cargo();
        command.args(["build", "--locked", "--profile", profile, "--package", BINARY]);
        match kind {
            // Whoever sets their own flags remaps by them; the check below holds either way.
            Kind::Released if settings::var("RUSTFLAGS").is_none() => {
                command.env("CARGO_ENCODED_RUSTFLAGS", paths.rust_flags());
                command.env("CFLAGS", paths.c_flags()).env("CXXFLAGS", paths.c_flags());
            }
            Kind::Released => {}
            Kind::Quick => {
                command.env("CFLAGS", C_FLAGS).env("CXXFLAGS", C_FLAGS);
            }
        }
        process::run_shown(step, "cargo build", &mut command, &log)
    })?;
    let whole = paths::target()?.join(profile).join(BINARY);
    let built = Built { binary: dir.join(BINARY), debug: dir.join(format!("{BINARY}.debug")) };
    say::step("split off the debug information", |_| split(&whole, &built, &log))?;
    if matches!(kind, Kind::Released) {
        say::step("look for paths of this machine in it", |_| paths.refuse_in(&built.binary))?;
    }
    Ok(built)
}

fn split(whole: &Path, built: &Built, log: &Path) -> anyhow::Result<()> {
    let objcopy = |arguments: &[&str], from: &Path, to: &Path| {
        let mut command = Command::new("objcopy");
        command.args(arguments).args([from, to]);
        process::run("objcopy", &mut command, log)
    };
    let keep = ["--only-keep-debug", "--compress-debug-sections=zlib"];
    objcopy(&keep, whole, &built.debug)?;
    let link = format!("--add-gnu-debuglink={}", built.debug.display());
    objcopy(&["--strip-all", &link], whole, &built.binary)
}

/// Folders of this machine and what stands for them in the binary, general ones first: the last that fits counts.
struct Remap(Vec<(PathBuf, &'static str)>);

impl Remap {
    fn of_this_machine() -> anyhow::Result<Self> {
        let cargo = settings::var("CARGO_HOME")
            .or_else(|| settings::var("HOME").map(|home| format!("{home}/.cargo")))
            .map(PathBuf::from)
            .context("neither CARGO_HOME nor HOME is set")?;
        let mut rustc = Command::new("rustc");
        let sysroot = rustc.args(["--print", "sysroot"]).output().context("failed to run rustc")?;
        let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
        let sources = fs::read_dir(cargo.join("registry/src")).into_iter().flatten().flatten();
        let sources = sources.map(|entry| (entry.path(), "/cargo"));
        let mut all = vec![(PathBuf::from(sysroot), "/rust"), (cargo.clone(), "/cargo")];
        all.extend(sources);
        all.extend([(paths::root(), "/folkmoot"), (paths::target()?, "/target")]);
        Ok(Self(all))
    }

    /// As cargo takes them from the environment.
    fn rust_flags(&self) -> OsString {
        let flags =
            self.0.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
        flags.collect::<Vec<_>>().join("\u{1f}").into()
    }

    /// For librdkafka and aws-lc.
    fn c_flags(&self) -> String {
        let flags =
            self.0.iter().map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display()));
        flags.collect::<Vec<_>>().join(" ")
    }

    fn refuse_in(&self, binary: &Path) -> anyhow::Result<()> {
        for (folder, _) in &self.0 {
            let mut grep = Command::new("grep");
            grep.args(["--text", "--quiet", "--fixed-strings", "--regexp"]).arg(folder).arg(binary);
            if grep.status().context("failed to run grep")?.success() {
                bail!("{} still holds the path {}", binary.display(), folder.display());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_of_the_machine_is_remapped_the_inner_one_last() {
        let remap = Remap::of_this_machine().unwrap();
        let at = |to| remap.0.iter().rposition(|(_, name)| *name == to).unwrap();
        assert!(at("/target") > at("/folkmoot"));
        assert_eq!(remap.rust_flags().to_string_lossy().split('\u{1f}').count(), remap.0.len());
        assert_eq!(remap.c_flags().matches("-ffile-prefix-map=").count(), remap.0.len());
    }

    #[test]
    fn a_path_of_this_machine_in_the_binary_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("binary");
        let remap = Remap(vec![(dir.path().join("src"), "/src")]);
        fs::write(&file, b"\x7fELF\0/src/lib.rs\0").unwrap();
        remap.refuse_in(&file).unwrap();
        fs::write(&file, format!("\x7fELF\0{}/lib.rs\0", dir.path().join("src").display()))
            .unwrap();
        assert!(remap.refuse_in(&file).unwrap_err().to_string().contains("still holds"));
    }
}
