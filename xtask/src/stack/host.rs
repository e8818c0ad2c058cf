//! Who we are on this machine: root or not, its system users, its random numbers.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use rustix::process::geteuid;

/// A system user.
#[derive(Clone, Debug)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its user id.
    pub uid: u32,
    /// Its main group's id.
    pub gid: u32,
}

/// True when we are root.
pub fn root() -> bool {
    geteuid().is_root()
}

/// A user of `/etc/passwd`.
pub fn user(name: &str) -> Option<User> {
    let text = fs::read_to_string("/etc/passwd").ok()?;
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { name: name.to_owned(), uid, gid })
}

/// `program`, run as `user` where one is given. setpriv replaces itself by the program, so the process id is the program's.
pub fn command_as(user: Option<&User>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={}", user.name))
        .arg(format!("--regid={}", user.gid))
        .arg("--init-groups")
        .arg("--")
        .arg(program)
        .env("HOME", "/nonexistent")
        .current_dir("/");
    command
}

/// True when `user` can reach `dir`: every folder above must let it through.
pub fn reaches(user: &User, dir: &Path) -> bool {
    command_as(Some(user), Path::new("test"))
        .arg("-x")
        .arg(dir)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// True when a program is found and runs.
pub fn has(program: &str, probe: &str) -> bool {
    let (out, err) = (Stdio::null(), Stdio::null());
    Command::new(program).arg(probe).stdout(out).stderr(err).status().is_ok_and(|it| it.success())
}

/// `bytes` random bytes as hexadecimal text.
pub fn random_hex(bytes: usize) -> anyhow::Result<String> {
    let mut buffer = vec![0; bytes];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut buffer))
        .context("failed to read random bytes")?;
    let hex = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    Ok(buffer.into_iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect())
}

/// Writes a file that only its owner reads.
pub fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("failed to write {}", path.display()))
}

/// True when Python can make a virtual environment with pip in it; Debian packs that apart.
pub fn has_python_venv() -> bool {
    Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
