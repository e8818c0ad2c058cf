//! The folder of a private cluster and who owns it. PostgreSQL refuses root, so under root the `postgres` system user
//! owns the folder and runs the server.
//!
//! Where that user cannot reach the folder (the clone is under `/root`, say), the cluster is in `/var/lib/folkmoot`
//! instead and the folder is a symbolic link to it; `owner` there names the link, and a home whose link is gone is swept.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::host::{self, User};
use super::process;

const ELSEWHERE: &str = "/var/lib/folkmoot";
/// Pods' addresses and the node's (`cluster::network`).
const PRIVATE_CLIENTS: &str = "host all all 10.0.0.0/8 scram-sha-256\n";
/// The superuser of every private cluster.
pub(super) const ADMIN: &str = "folkmoot_admin";

/// A folder ready to hold a cluster.
pub(super) struct Home {
    pub(super) dir: PathBuf,
    pub(super) bin: PathBuf,
    pub(super) user: Option<User>,
}

impl Home {
    /// Prepares `dir`, and the cluster in it unless it is there.
    pub(super) fn prepare(dir: &Path) -> anyhow::Result<Self> {
        let user = host::root().then(|| {
            host::user("postgres").context("no system user `postgres`; install postgresql")
        });
        let user = user.transpose()?;
        if dir.is_symlink() && !dir.exists() {
            fs::remove_file(dir).with_context(|| format!("failed to remove {}", dir.display()))?;
        }
        fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
        if let Some(user) = &user {
            settle(dir, user)?;
        }
        // The server's user cannot follow a link through a folder closed to it, so the link is followed here.
        let real = fs::canonicalize(dir)
            .with_context(|| format!("failed to resolve {}", dir.display()))?;
        let home = Self { dir: real, bin: bin()?, user };
        if !home.data().exists() {
            home.init()?;
        }
        Ok(home)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Lets clients in that come over a private network, by password as those on loopback.
    pub(super) fn admit(&self, listen: Ipv4Addr) -> anyhow::Result<()> {
        let file = self.data().join("pg_hba.conf");
        let rules = fs::read_to_string(&file).context("failed to read pg_hba.conf")?;
        if listen.is_loopback() || rules.ends_with(PRIVATE_CLIENTS) {
            return Ok(());
        }
        fs::write(&file, rules + PRIVATE_CLIENTS).context("failed to write pg_hba.conf")
    }

    /// The administrator's password.
    pub(super) fn password(&self) -> anyhow::Result<String> {
        let file = self.dir.join("password");
        fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))
    }

    /// A program of the server's version, run as the cluster's owner.
    pub(super) fn command(&self, program: &str) -> Command {
        host::command_as(self.user.as_ref(), &self.bin.join(program))
    }

    fn init(&self) -> anyhow::Result<()> {
        let password = self.dir.join("password");
        host::write_secret(&password, &host::random_hex(24)?)?;
        if let Some(user) = &self.user {
            chown(&password, Some(user.uid), Some(user.gid))
                .context("failed to change the owner of a file")?;
        }
        // Made under another name first: a half-made cluster looks like a whole one.
        let draft = self.dir.join("draft");
        if draft.exists() {
            fs::remove_dir_all(&draft).context("failed to remove a half-made cluster")?;
        }
        let mut command = self.command("initdb");
        command
            .args(["--username", ADMIN, "--auth=scram-sha-256", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--pwfile"])
            .arg(&password)
            .arg("--pgdata")
            .arg(&draft);
        process::run("initdb", &mut command, &self.dir.join("initdb.log"))?;
        fs::rename(&draft, self.data()).context("failed to put the cluster in place")
    }
}

/// Removes a cluster's folder, wherever it is.
pub fn remove(dir: &Path) -> anyhow::Result<()> {
    if let Ok(target) = fs::read_link(dir) {
        let _ = fs::remove_file(dir);
        return fs::remove_dir_all(&target)
            .with_context(|| format!("failed to remove {}", target.display()));
    }
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    }
    Ok(())
}

/// Gives the folder to the server's user, elsewhere if that user cannot reach it here.
fn settle(dir: &Path, user: &User) -> anyhow::Result<()> {
    let real =
        fs::canonicalize(dir).with_context(|| format!("failed to resolve {}", dir.display()))?;
    own(&real, user)?;
    if host::reaches(user, &real) {
        return Ok(());
    }
    sweep();
    let elsewhere = Path::new(ELSEWHERE).join(format!("pg-{}", host::random_hex(8)?));
    fs::create_dir_all(&elsewhere)
        .with_context(|| format!("failed to create {}", elsewhere.display()))?;
    own(&elsewhere, user)?;
    fs::remove_dir(&real)
        .and_then(|()| symlink(&elsewhere, &real))
        .with_context(|| format!("failed to make {} a link", real.display()))?;
    fs::write(elsewhere.join("owner"), real.to_string_lossy().as_bytes())
        .context("failed to write the owner of a cluster's folder")
}

fn own(dir: &Path, user: &User) -> anyhow::Result<()> {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
        .and_then(|()| chown(dir, Some(user.uid), Some(user.gid)))
        .with_context(|| format!("failed to give {} to {}", dir.display(), user.name))
}

fn sweep() {
    let Ok(entries) = fs::read_dir(ELSEWHERE) else { return };
    for entry in entries.flatten() {
        let home = entry.path();
        let Ok(owner) = fs::read_to_string(home.join("owner")) else { continue };
        if fs::read_link(owner).ok().as_ref() != Some(&home) {
            process::sweep(&home);
            let _ = fs::remove_dir_all(&home);
        }
    }
}

/// The newest installed version's programs; Debian keeps them out of the search path.
fn bin() -> anyhow::Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return Ok(bin);
    }
    let path = crate::settings::var("PATH").unwrap_or_default();
    match path.split(':').map(PathBuf::from).find(|dir| dir.join("initdb").exists()) {
        Some(dir) => Ok(dir),
        None => bail!("PostgreSQL's initdb was not found; install postgresql"),
    }
}
