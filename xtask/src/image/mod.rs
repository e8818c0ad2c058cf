//! `cargo xtask image`: the container image, from a release build on this machine. Nothing is in it but the binary, the
//! libraries that it links, and the few files that they look for; `Containerfile` packs the same for people with Docker.

mod binary;
pub(crate) mod buildah;
mod debian;
mod rootfs;
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

pub use self::binary::Kind;
use self::buildah::Build;
use crate::stack::{packages, process};
use crate::up::commands::BINARY;
use crate::{paths, say};

/// What the build of librdkafka and aws-lc needs, and the splitting of the binary.
const PACKAGES: [&str; 8] = [
    "binutils",
    "ca-certificates",
    "cmake",
    "g++",
    "libssl-dev",
    "make",
    "pkg-config",
    "zlib1g-dev",
];
const CONTAINERFILE: &str = include_str!("../../../Containerfile");
/// The largest image in megabytes, as a registry sends it and as a node stores it.
const LIMITS: (f64, f64) = (40.0, 85.0);

/// Builds the image; or only its files, into `files`, as `Containerfile` does. A quick one may be of any size.
pub fn image(files: Option<&Path>, kind: Kind) -> anyhow::Result<()> {
    say::step("check packages", |_| packages::require(&PACKAGES))?;
    let dir = dir()?;
    let built = binary::build(&dir, kind)?;
    let root = files.map_or_else(|| dir.join("context/image"), Path::to_owned);
    say::step("assemble the image's files", |_| rootfs::assemble(&root, &built, &dir))?;
    if files.is_some() {
        return Ok(());
    }
    packages::require(&["buildah"])?;
    say::step("pack the image", |_| pack(&dir))?;
    let size = buildah::size(&dir.join("oci"))?;
    let stored = rootfs::megabytes(&root)?;
    say::line(format!("image:    {}", name()));
    say::line(format!("digest:   {}", size.digest));
    say::line(format!("size:     {:.1} MB compressed, {stored:.1} MB unpacked", size.megabytes));
    say::line(format!("archive:  {}", archive()?.display()));
    say::line(format!("debug:    {}", built.debug.display()));
    say::line(format!("SBOM:     {}", root.join(rootfs::SBOM).display()));
    if matches!(kind, Kind::Quick) {
        return Ok(());
    }
    let (most_sent, most_stored) = LIMITS;
    ensure!(size.megabytes <= most_sent, "the image is over {most_sent} MB compressed");
    ensure!(stored <= most_stored, "the image is over {most_stored} MB unpacked");
    Ok(())
}

/// The image as an OCI archive, which `cargo xtask cluster load-image` takes.
pub fn archive() -> anyhow::Result<PathBuf> {
    Ok(dir()?.join(format!("{BINARY}.tar")))
}

/// The binary that is in it, for this machine.
pub fn binary() -> anyhow::Result<PathBuf> {
    let binary = dir()?.join(BINARY);
    anyhow::ensure!(binary.exists(), "no {}; `cargo xtask image` makes it", binary.display());
    Ok(binary)
}

/// Its name where there is no registry.
pub fn name() -> String {
    format!("localhost/{BINARY}:{}", env!("CARGO_PKG_VERSION"))
}

fn dir() -> anyhow::Result<PathBuf> {
    Ok(paths::target()?.join("oci-image"))
}

/// Only the last stage of `Containerfile`: the others would fetch a base image to build what is built already.
fn pack(dir: &Path) -> anyhow::Result<()> {
    let (context, log) = (dir.join("context"), dir.join("buildah.log"));
    let stage = last_stage(CONTAINERFILE).context("Containerfile has no last stage")?;
    fs::write(context.join("Containerfile"), stage).context("failed to write a Containerfile")?;
    let revision = revision(&log)?;
    let arguments = [("VERSION", env!("CARGO_PKG_VERSION")), ("REVISION", revision.as_str())];
    let build = Build { context: &context, name: &name(), arguments: &arguments, log: &log };
    build.pack(&dir.join("oci"), &archive()?)
}

/// The stage that packs the files, taking them from the context instead of from the stage before.
fn last_stage(containerfile: &str) -> Option<String> {
    let at = containerfile.rfind("\nFROM scratch")?;
    let stage = containerfile.get(at..)?.trim_start();
    stage.contains(FROM_STAGE).then(|| stage.replace(FROM_STAGE, "COPY image/ /"))
}

const FROM_STAGE: &str = "COPY --from=build /image/ /";

/// The commit, marked when the tree differs from it.
fn revision(log: &Path) -> anyhow::Result<String> {
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]);
    let text = process::run_for_output("git describe", git.current_dir(paths::root()), log)?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_made_here_is_the_last_stage_of_the_containerfile() {
        let stage = last_stage(CONTAINERFILE).unwrap();
        assert!(stage.starts_with("FROM scratch\n"));
        assert_eq!(stage.matches("FROM ").count(), 1);
        assert_eq!(stage.matches("COPY ").count(), 1);
        assert!(stage.contains("\nUSER 65532:65532\n"));
        assert!(stage.contains("\nENTRYPOINT [\"/folkmoot\"]\n"));
    }
}
