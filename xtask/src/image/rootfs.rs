//! The files of the image: the binary, the libraries that it links, and what those look for. No shell, no package manager.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::binary::Built;
use super::{debian, sbom};
use crate::paths;
use crate::stack::process;
use crate::up::commands::BINARY;

/// The bill of materials, where scanners look.
pub(super) const SBOM: &str = "usr/share/sbom/folkmoot.cdx.json";

const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Scanners choose the list of vulnerabilities by it.
const SYSTEM: &str = "/etc/os-release";

/// Small files and their texts.
const TEXTS: [(&str, &str); 3] = [
    ("etc/passwd", "folkmoot:x:65532:65532:folkmoot:/nonexistent:/nonexistent\n"),
    ("etc/group", "folkmoot:x:65532:\n"),
    // Names of hosts first from the file that the runtime writes, then by DNS.
    ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
];

/// Puts them all below `root`, which is emptied first.
pub(super) fn assemble(root: &Path, built: &Built, work: &Path) -> anyhow::Result<()> {
    if root.exists() {
        fs::remove_dir_all(root).with_context(|| format!("failed to empty {}", root.display()))?;
    }
    copy(&built.binary, &root.join(BINARY))?;
    copy(&paths::root().join("LICENSE"), &root.join("LICENSE"))?;
    let mut files = libraries(&built.binary)?;
    files.push(PathBuf::from(AUTHORITIES));
    for file in &files {
        copy(file, &root.join(below(file)))?;
    }
    for (name, text) in TEXTS {
        write(&root.join(name), text)?;
    }
    for folder in ["tmp", "data"] {
        fs::create_dir(root.join(folder)).context("failed to create a folder of the image")?;
    }
    packages(root, &files, work)?;
    close(root, work)
}

/// The records and licences of the packages behind the files, and the bill of materials.
fn packages(root: &Path, files: &[PathBuf], work: &Path) -> anyhow::Result<()> {
    // The bundle of authorities is made when its package is installed, so that dpkg does not know it.
    let mut known: Vec<PathBuf> =
        files.iter().filter(|it| !it.ends_with(AUTHORITIES)).cloned().collect();
    known.push(PathBuf::from("/usr/sbin/update-ca-certificates"));
    let packages = debian::owners(&known)?;
    for package in packages.values() {
        let record = root.join("var/lib/dpkg/status.d").join(&package.name);
        write(&record, &package.status)?;
        let licence = Path::new("/usr/share/doc").join(&package.name).join("copyright");
        copy(&licence, &root.join(below(&licence)))?;
    }
    if Path::new(SYSTEM).exists() {
        copy(Path::new(SYSTEM), &root.join(below(Path::new(SYSTEM))))?;
    }
    write(&root.join(SBOM), &sbom::of(packages.values(), work)?)
}

/// Modes do not depend on who builds.
fn close(root: &Path, work: &Path) -> anyhow::Result<()> {
    let mut chmod = Command::new("chmod");
    chmod.args(["--recursive", "u=rwX,go=rX"]).arg(root);
    process::run("chmod", &mut chmod, &work.join("build.log"))?;
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777))
        .context("failed to open the image's /tmp")
}

/// The size of all files.
pub(super) fn megabytes(root: &Path) -> anyhow::Result<f64> {
    let mut du = Command::new("du");
    let output =
        du.args(["--summarize", "--apparent-size", "--block-size=1000"]).arg(root).output();
    let text = String::from_utf8(output.context("failed to run du")?.stdout)?;
    let thousands: f64 = text.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(thousands / 1000.0)
}

/// The shared libraries of a program and its loader, as the loader finds them.
fn libraries(program: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output().context("failed to run ldd")?;
    ensure!(output.status.success(), "ldd cannot read {}", program.display());
    parse_ldd(&String::from_utf8_lossy(&output.stdout))
}

fn parse_ldd(text: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for line in text.lines().map(str::trim) {
        ensure!(!line.ends_with("not found"), "a library is missing: {line}");
        let file = line.split_once(" => ").map_or(line, |(_, file)| file);
        let file = file.split(" (").next().unwrap_or_default();
        // The kernel's own library has no file.
        if file.starts_with('/') {
            files.push(PathBuf::from(file));
        }
    }
    Ok(files)
}

/// The same path below another root.
fn below(file: &Path) -> &Path {
    file.strip_prefix("/").unwrap_or(file)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    make_parent(to)?;
    fs::copy(from, to).with_context(|| format!("failed to copy {}", from.display()))?;
    Ok(())
}

fn write(to: &Path, text: &str) -> anyhow::Result<()> {
    make_parent(to)?;
    fs::write(to, text).with_context(|| format!("failed to write {}", to.display()))
}

fn make_parent(file: &Path) -> anyhow::Result<()> {
    let parent = file.parent().context("a file without a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("failed to create {}", parent.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_as_the_loader_finds_them() {
        let text = "\tlinux-vdso.so.1 (0x00007ff)\n\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x7f)\n\
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        let files = parse_ldd(text).unwrap();
        assert_eq!(
            files,
            ["/lib/x86_64-linux-gnu/libz.so.1", "/lib64/ld-linux-x86-64.so.2"].map(PathBuf::from)
        );
        assert!(parse_ldd("\tlibssl.so.3 => not found\n").is_err());
    }

    #[test]
    fn a_program_comes_with_its_libraries_and_their_records() {
        let dir = tempfile::tempdir().unwrap();
        let (root, program) = (dir.path().join("image"), PathBuf::from("/usr/bin/sha256sum"));
        let built = Built { debug: program.clone(), binary: program };
        assemble(&root, &built, dir.path()).unwrap();
        let mode =
            |name: &str| fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!([mode("tmp"), mode(BINARY), mode("etc/passwd")], [0o1777, 0o755, 0o644]);
        for name in ["var/lib/dpkg/status.d/libc6", "usr/share/doc/libc6/copyright", "LICENSE"] {
            assert!(root.join(name).exists(), "{name}");
        }
        let bill: serde_json::Value =
            serde_json::from_slice(&fs::read(root.join(SBOM)).unwrap()).unwrap();
        let purls =
            bill["components"].as_array().unwrap().iter().filter_map(|it| it["purl"].as_str());
        let purls: Vec<&str> = purls.collect();
        assert!(purls.iter().any(|purl| purl.starts_with("pkg:deb/debian/libc6@")));
        assert!(purls.iter().any(|purl| purl.starts_with("pkg:cargo/rdkafka@")));
    }

    #[test]
    fn the_user_of_the_image_has_a_name_and_no_shell() {
        let (_, users) = TEXTS[0];
        assert!(users.starts_with("folkmoot:x:65532:65532:"));
        assert!(users.ends_with(":/nonexistent\n"));
    }
}
