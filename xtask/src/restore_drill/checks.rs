//! What the files say: encrypted repositories, no plain text, no key-encryption key; and the operators' scripts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::cluster::Cluster;
use crate::paths;

/// An address that is stored unsealed: what does not find it in the database would find it nowhere.
pub(super) const CANARY: &str = "77 Peculiar Crescent, Canary Wharf";
/// How each file begins that OpenSSL's format encrypts.
const SALTED: &[u8] = b"Salted__";
const METRICS: &str = "ops/pgbackrest/folkmoot-backup-metrics";
const ERASURES: &str = "ops/pgbackrest/folkmoot-reapply-erasures";
/// Rows of 1 KiB in a GB; they hold digests, which cannot be compressed, as sealed fields cannot.
const ROWS_OF_A_GB: u32 = 1_000_000;

/// SQL for the drill's own tables: the canary, the heartbeat, and so many GB.
pub(super) fn fill(gigabytes: u32) -> String {
    format!(
        "create schema drill;
         create table drill.heartbeat (at timestamptz not null default clock_timestamp());
         create table drill.canary as select '{CANARY}'::text as address;
         create table drill.filler as select g, (select string_agg(sha512((g || '-' || i)::bytea), '') from
             generate_series(1, 15) i) as noise from generate_series(1, {ROWS_OF_A_GB}::bigint * {gigabytes}) g"
    )
}

pub(super) fn outboxes_are_empty(services: &Cluster) -> anyhow::Result<bool> {
    let postgres = services.postgres()?;
    let schemas = postgres.sql("select schemaname from pg_tables where tablename = 'outbox'")?;
    let counts = schemas.lines().map(|schema| format!("(select count(*) from {schema}.outbox)"));
    let sum = counts.collect::<Vec<_>>().join(" + ");
    Ok(postgres.sql(&format!("select {sum}"))?.trim() == "0")
}

/// Every file of the repository is encrypted, its indexes too.
pub(super) fn is_encrypted(repository: &Path) -> anyhow::Result<()> {
    let files = files(repository)?;
    ensure!(files.len() > 10, "{} is nearly empty", repository.display());
    for file in files {
        let bytes =
            fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
        ensure!(bytes.starts_with(SALTED), "{} is not encrypted", file.display());
    }
    Ok(())
}

pub(super) fn is_absent(dir: &Path, text: &str) -> anyhow::Result<()> {
    let found = holders(dir, text)?;
    ensure!(found.is_empty(), "{} holds what it must not: {found:?}", dir.display());
    Ok(())
}

pub(super) fn is_present(dir: &Path, text: &str) -> anyhow::Result<()> {
    ensure!(!holders(dir, text)?.is_empty(), "{} does not even hold the control", dir.display());
    Ok(())
}

/// The SQL that puts erasures since a moment back into the ledger, as operators make it.
pub(super) fn erasures_since(brokers: &str, moment: &str) -> anyhow::Result<String> {
    output(Command::new(paths::root().join(ERASURES)).args([brokers, moment]))
}

/// The age of a cluster's backups, as operators scrape it.
pub(crate) fn metrics(cluster: &Cluster) -> anyhow::Result<String> {
    let file = cluster.home.join("metrics.prom");
    let mut command = Command::new(paths::root().join(METRICS));
    command.arg(cluster.stanza).env("PGBACKREST_CONFIG", &cluster.config);
    output(command.env("FOLKMOOT_BACKUP_METRICS", &file))?;
    let text = fs::read_to_string(&file).context("no metrics were written")?;
    ensure!(text.lines().all(|line| !line.ends_with(" 0")), "a metric is missing:\n{text}");
    Ok(text.trim_end().to_owned())
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("failed to run {command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && errors.is_empty(), "{command:?} failed: {errors}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The files that hold a text, one a line.
fn holders(dir: &Path, text: &str) -> anyhow::Result<String> {
    let mut grep = Command::new("grep");
    grep.args(["--recursive", "--text", "--files-with-matches", "--fixed-strings", "-e", text]);
    let output = grep.arg(dir).output().context("failed to run grep")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(errors.is_empty(), "grep failed: {errors}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// All files below a folder.
pub(crate) fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut folders, mut files) = (vec![dir.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("failed to list {}", folder.display()))?
        {
            let entry = entry?;
            match entry.file_type()? {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _link => {}
            }
        }
    }
    Ok(files)
}
