//! How old the oldest byte of a backup can get: computed from the configuration that operators use, and held against what
//! is promised. Promises 000-30 and 004-52: 60 days; the keyring's backups have seven (docs/privacy.md).

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize as _;
use serde_json::Value;

use super::ini::Ini;
use crate::paths;

const PGBACKREST: [&str; 2] =
    ["ops/pgbackrest/pgbackrest.conf", "ops/pgbackrest/folkmoot-backup.cron"];
const ARCHIVING: &str = "ops/pgbackrest/archiving.sql";
const KUBERNETES: [&str; 2] =
    ["k8s/components/cloudnativepg/backups.yaml", "k8s/components/cloudnativepg/clusters.yaml"];
/// Stanzas and object stores, each with its limit in days.
const LIMITS: [(&str, u32); 4] =
    [("folkmoot", 60), ("folkmoot-keyring", 7), ("folkmoot-db", 60), ("folkmoot-keyring-db", 7)];
/// A backup and the deletion after it take less than this, in days.
const RUN: u32 = 1;
/// What a crash may lose, in seconds.
const LOST: u32 = 60;

/// A place where backups are kept. All numbers are days.
#[derive(Debug, PartialEq, Eq)]
struct Repository {
    name: String,
    /// How old a backup is, at most, when a later one replaces it.
    kept: u32,
    /// Between two full backups.
    every: u32,
    limit: u32,
}

impl Repository {
    fn new(name: &str, kept: u32, every: u32) -> anyhow::Result<Self> {
        let limit = LIMITS.iter().find(|(known, _)| *known == name);
        let (_, limit) = limit.with_context(|| format!("{name} has no limit in days"))?;
        Ok(Self { name: name.to_owned(), kept, every, limit: *limit })
    }

    /// One full backup may fail; then the oldest goes when the next one is made.
    fn oldest(&self) -> u32 {
        self.kept + self.every + RUN
    }
}

/// Checks every repository and what a crash may lose; returns a line for each repository.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let [conf, cron] = PGBACKREST.map(read);
    let [backups, clusters] = KUBERNETES.map(read);
    check_timeout(&read(ARCHIVING)?, 1)?;
    check_timeout(&clusters?, 2)?;
    let all = pgbackrest(&conf?, &cron?)?.into_iter().chain(kubernetes(&backups?)?);
    all.map(|it| line(&it)).collect()
}

fn line(it: &Repository) -> anyhow::Result<String> {
    let (name, days, limit) = (&it.name, it.oldest(), it.limit);
    let sum = format!("{} + {} + {RUN}", it.kept, it.every);
    ensure!(days <= limit, "the oldest byte of {name} gets {sum} = {days} days old, over {limit}");
    Ok(format!("{name}: {sum} = {days} of {limit} days"))
}

fn read(path: &str) -> anyhow::Result<String> {
    fs::read_to_string(paths::root().join(path)).with_context(|| format!("failed to read {path}"))
}

/// Every cluster's WAL is archived in time, also while little is written.
fn check_timeout(text: &str, clusters: usize) -> anyhow::Result<()> {
    let settings = text.lines().filter(|line| line.contains("archive_timeout"));
    let seconds: Vec<u32> = settings
        .filter_map(|line| line.split(|c: char| !c.is_ascii_digit()).find(|it| !it.is_empty()))
        .filter_map(|digits| digits.parse().ok())
        .collect();
    ensure!(seconds.len() == clusters, "archive_timeout is set {} times", seconds.len());
    ensure!(seconds.iter().all(|&it| it < LOST), "archive_timeout must be below {LOST} s");
    Ok(())
}

fn pgbackrest(conf: &str, cron: &str) -> anyhow::Result<Vec<Repository>> {
    let conf = Ini::parse(conf);
    conf.stanzas().map(|stanza| stanza_of(&conf, stanza, cron)).collect()
}

fn stanza_of(conf: &Ini, stanza: &str, cron: &str) -> anyhow::Result<Repository> {
    let option = |key: &str| conf.get(stanza, &format!("repo1-{key}"));
    ensure!(option("cipher-type") == Some("aes-256-cbc"), "{stanza} is not encrypted");
    // With these, other sums would hold.
    for key in ["retention-full-type", "retention-archive", "retention-archive-type"] {
        ensure!(option(key).is_none(), "{stanza} has an own repo1-{key}");
    }
    ensure!(conf.get(stanza, "expire-auto").is_none(), "{stanza} has an own expire-auto");
    ensure!(option("retention-history") == Some("0"), "{stanza} keeps lists of expired backups");
    let fulls: u32 = option("retention-full").context("no repo1-retention-full")?.parse()?;
    let command = format!("--stanza={stanza} --type=full backup");
    let line = cron.lines().find(|line| line.ends_with(&command));
    let line = line.with_context(|| format!("no schedule for a full backup of {stanza}"))?;
    let every = days_between(line.split_whitespace())?;
    Repository::new(stanza, fulls * every, every)
}

/// A recovery window keeps the last backup from before it, too.
fn kubernetes(yaml: &str) -> anyhow::Result<Vec<Repository>> {
    let objects: Vec<Value> = serde_yaml_ng::Deserializer::from_str(yaml)
        .map(Value::deserialize)
        .collect::<Result<_, _>>()
        .context("failed to read the backups' YAML")?;
    let text = |object: &Value, pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    };
    let of_kind = |kind: &'static str| {
        objects.iter().filter(move |object| text(object, "/kind").as_deref() == Some(kind))
    };
    let repository = |store: &Value| {
        let name = text(store, "/metadata/name").context("a store without a name")?;
        for part in ["wal", "data"] {
            let cipher = text(store, &format!("/spec/configuration/{part}/encryption"));
            ensure!(cipher.as_deref() == Some("AES256"), "{name} is not encrypted");
        }
        let window = text(store, "/spec/retentionPolicy").context("no retentionPolicy")?;
        let window: u32 = window.strip_suffix('d').context("not in days")?.parse()?;
        let mut schedules = of_kind("ScheduledBackup")
            .filter(|it| text(it, "/metadata/name").as_ref() == Some(&name))
            .filter_map(|it| text(it, "/spec/schedule"));
        let schedule = schedules.next().with_context(|| format!("no schedule for {name}"))?;
        let every = days_between(schedule.split_whitespace().skip(1))?;
        Repository::new(&name, window + every, every)
    };
    of_kind("ObjectStore").map(repository).collect()
}

/// The longest time between two runs, in days, by the five fields of a cron schedule.
fn days_between<'a>(fields: impl Iterator<Item = &'a str>) -> anyhow::Result<u32> {
    let fields: Vec<&str> = fields.take(5).collect();
    let [_, _, "*", "*", days] = fields.as_slice() else { bail!("not by days: {fields:?}") };
    if *days == "*" {
        return Ok(1);
    }
    let mut chosen = BTreeSet::new();
    for part in days.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        chosen.extend(first.parse::<u32>()?..=last.parse()?);
    }
    let first = *chosen.first().context("no day of the week")?;
    let next = chosen.iter().copied().skip(1).chain([first + 7]);
    chosen.iter().zip(next).map(|(day, next)| next - day).max().context("no day of the week")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRON: &str = "0 2 * * 0 postgres pgbackrest --stanza=folkmoot --type=full backup";

    fn conf(options: &str) -> String {
        format!(
            "[global]\nrepo1-cipher-type=aes-256-cbc\nrepo1-retention-history=0\n[folkmoot]\n{options}\n"
        )
    }

    fn sum(conf: &str, cron: &str) -> anyhow::Result<String> {
        line(pgbackrest(conf, cron)?.first().context("no stanza")?)
    }

    /// Promises 000-30, 004-52: whoever changes a number of the configuration learns here what it breaks.
    #[test]
    fn no_backup_that_operators_configure_gets_older_than_promised() {
        let lines = check().unwrap();
        assert_eq!(lines.len(), LIMITS.len(), "{lines:?}");
    }

    #[test]
    fn a_number_too_many_is_refused() {
        let seven = conf("repo1-retention-full=7");
        assert_eq!(sum(&seven, CRON).unwrap(), "folkmoot: 49 + 7 + 1 = 57 of 60 days");
        assert!(sum(&conf("repo1-retention-full=8"), CRON).is_err());
        assert!(sum(&conf("repo1-retention-full=7\nrepo1-retention-archive=9"), CRON).is_err());
        assert!(sum(&seven, &CRON.replace("* * 0", "* * 1,2")).is_ok());
        assert!(sum(&seven, &CRON.replace("* * 0", "1 * *")).is_err(), "monthly");
        assert!(sum(&seven.replace("aes-256-cbc", "none"), CRON).is_err());
    }

    #[test]
    fn the_longest_gap_counts() {
        let days = |schedule: &str| days_between(schedule.split_whitespace()).unwrap();
        assert_eq!(days("0 2 * * *"), 1);
        assert_eq!(days("0 2 * * 3"), 7);
        assert_eq!(days("0 2 * * 0,3"), 4);
        assert_eq!(days("0 2 * * 1-6"), 2);
    }

    #[test]
    fn wal_must_be_archived_within_a_minute() {
        assert!(check_timeout("ALTER SYSTEM SET archive_timeout = '45s';", 1).is_ok());
        assert!(check_timeout("ALTER SYSTEM SET archive_timeout = '60s';", 1).is_err());
        assert!(check_timeout("", 1).is_err());
    }
}
