//! Backups and archiving that stopped long ago. Nobody waits for weeks: the dates of the files are moved back instead.

use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use super::replica::Replica;
use super::watch::Watch;
use crate::alerts::traffic;
use crate::restore_drill::checks;
use crate::restore_drill::cluster::Cluster;
use crate::stack::process::Process;
use crate::stack::{port, postgres};

const STANZA: &str = "folkmoot";
/// Longer than a backup may be kept.
const AGO: Duration = Duration::from_hours(58 * 24);
/// As operators' node exporters show it.
const FILE: &str = "backup.txt";

pub(super) fn stopped(watch: &Watch<'_>) -> anyhow::Result<()> {
    let dir = watch.run.at("alerts");
    fs::create_dir_all(&dir).context("failed to create .run/alerts")?;
    let made = with_backups(watch);
    postgres::remove(&dir.join(STANZA))?;
    made
}

fn with_backups(watch: &Watch<'_>) -> anyhow::Result<()> {
    let dir = watch.run.at("alerts");
    let cluster = Cluster::start(&dir, STANZA, port::free()?)?;
    cluster.backup()?;
    for file in checks::files(&cluster.repository())? {
        File::open(&file)?.set_modified(SystemTime::now() - AGO)?;
    }
    let show = || fs::write(dir.join(FILE), checks::metrics(&cluster)? + "\n").context(FILE);
    show()?;
    let port = port::free()?;
    let mut exporter = Command::new("python3");
    exporter.args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"]);
    exporter.arg(&dir).arg(port.to_string());
    let exporter = Process::spawn("exporter", &mut exporter, &watch.run.log("alerts"))?;
    watch.prometheus.scrape(&[port], &format!("/{FILE}"))?;
    let entry = Replica::entry(watch)?;
    let acting = traffic::submit(&watch.run, &entry.url)?;
    watch.fires(&["FolkmootBackupOld", "FolkmootBackupKeptTooLong", "FolkmootArchiveStopped"])?;
    cluster.backup()?;
    show()?;
    watch.calms("FolkmootBackupOld")?;
    watch.calms("FolkmootArchiveStopped")?;
    drop((acting, exporter));
    Ok(())
}
