//! Real failures of the running suite. Each is made, lasts until the alerts that are meant for it would fire, and is mended as
//! the runbooks say.

mod backups;
mod database;
mod email;
mod events;
mod keyring;
mod keys;
mod parts;
mod processes;
mod relay;
mod replica;
mod replicas;
mod watch;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::ensure;

use self::watch::Watch;
use super::files::Files;
use crate::say;

/// Needs another build of the suite.
const OF_TWO_BUILDS: &str = "FolkmootVersionsMixed";

/// Which failures are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only those with these words in their name; all of them if empty.
    pub name: String,
    /// A `folkmoot` of another commit, which runs beside this one.
    pub other_build: Option<PathBuf>,
}

/// A failure: what happens, and how it is made and mended.
type Failure = (&'static str, fn(&Watch<'_>) -> anyhow::Result<()>);

const FAILURES: [Failure; 23] = [
    ("data files are old or wrong", parts::wrong_postcodes),
    ("Redis stops", parts::without_redis),
    ("the mail catcher stops", email::without_relay),
    ("the relay refuses recipients", email::refused),
    ("the relay's connections break after the text", email::cut_off),
    ("a replica cannot reach its peers", replicas::without_peers),
    ("the external geocoder does not answer", replicas::without_geocoder),
    ("rows of actions cannot be changed", replicas::unresolved),
    ("one network opens too many connections", processes::connections),
    ("a process may open few files", processes::files),
    ("a process may start no thread", processes::threads),
    ("two builds run side by side", processes::two_builds),
    ("the signing key is not replaced", keys::old_signing_key),
    ("the key-encryption key is a year old", keys::old_kek),
    ("a process restarts again and again", processes::restarts),
    ("a table is locked", database::locked_table),
    ("an inbox is locked", events::dead_letters),
    ("Kafka accepts small records only", events::parked),
    ("Kafka stops", parts::without_kafka),
    ("PostgreSQL stops", parts::without_postgres),
    ("the keyring's role may not connect", keyring::refused_role),
    ("keys cannot be destroyed", keyring::kept_keys),
    ("backups and archiving stop", backups::stopped),
];

/// The last one: it leaves nothing that could be watched.
const END: Failure = ("folkmoot stops", processes::stopped);

/// Makes the chosen failures in turn, each watched by a Prometheus of its own.
pub(super) fn check(files: &Files, choice: &Choice) -> anyhow::Result<()> {
    let mut fired = BTreeSet::new();
    let chosen = FAILURES.iter().chain([&END]).filter(|(name, _)| name.contains(&choice.name));
    for (name, make) in chosen {
        let watch = say::step("start Prometheus", |_| Watch::begin(files, choice))?;
        say::step(name, |_| make(&watch))?;
        fired.extend(watch.fired());
    }
    say::line(format!("{} alerts fired", fired.len()));
    if choice.name.is_empty() { nothing_missing(files, choice, &fired) } else { Ok(()) }
}

fn nothing_missing(files: &Files, choice: &Choice, fired: &BTreeSet<String>) -> anyhow::Result<()> {
    let is_excused = |name: &str| name == OF_TWO_BUILDS && choice.other_build.is_none();
    let silent = files.alerts().map(|(_, rule)| rule.alert.as_str());
    let silent: Vec<&str> = silent.filter(|name| !fired.contains(*name)).collect();
    let (excused, missing): (Vec<&str>, Vec<&str>) =
        silent.into_iter().partition(|name| is_excused(name));
    for name in excused {
        say::line(format!("No failure was made for {name}"));
    }
    ensure!(missing.is_empty(), "these did not fire: {}", missing.join(", "));
    Ok(())
}
