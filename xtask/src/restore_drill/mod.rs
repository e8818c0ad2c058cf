//! `cargo xtask restore-drill`: a suite on two databases that are backed up as docs/backups.md says, destroyed, and restored;
//! then everything that a restore must keep is looked at.

pub(crate) mod checks;
pub(crate) mod cluster;
mod ini;
mod retention;
mod story;
mod suite;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};

use self::cluster::Cluster;
use self::story::Story;
use self::suite::{Folkmoot, Ports};
use self::tables::Tables;
use crate::stack::process::{self, Process};
use crate::stack::{jars, packages, postgres};
use crate::up::commands;
use crate::{directory, paths, say, test, wait};

/// As the operators' configuration calls them.
const STANZAS: [&str; 2] = ["folkmoot", "folkmoot-keyring"];
/// The supporters, by what happens to them.
const STAYS: &str = "Stays Throughout";
const ERASED_BEFORE: &str = "Erased Before";
const ERASED_AFTER: &str = "Erased After";
const IN_FLIGHT: &str = "Caught In Flight";
const LOST: &str = "Lost Afterwards";
const RETURNS: &str = "Acts Again";
const KEYRING: &str = "folkmoot_keyring";
/// Without `--short`, so much more is written after the last archived file: most of the archive's timeout.
const UNARCHIVED: Duration = Duration::from_secs(40);
const SETTLED: Duration = Duration::from_mins(1);

/// What was noted before everything was destroyed.
struct Noted {
    /// The moment to which the services' database is restored, as PostgreSQL prints it.
    moment: String,
    services: Tables,
    keyring: Tables,
    erased_before: String,
    erased_after: String,
    emails: Vec<(&'static str, (usize, usize))>,
}

struct Drill {
    folkmoot: Folkmoot,
    story: Story,
    services: Cluster,
    keyring: Cluster,
    ports: Ports,
    is_short: bool,
}

/// Runs the drill and prints what it measured.
pub fn drill(is_short: bool, gigabytes: u32) -> anyhow::Result<()> {
    packages::ensure()?;
    packages::require(&["pgbackrest", "jq", "kcat"])?;
    jars::ensure()?;
    for line in retention::check()? {
        say::line(format!("oldest byte of {line}"));
    }
    let dir = paths::run().join(format!("drill-{}", std::process::id()));
    fs::create_dir_all(dir.join("mail")).context("failed to create the drill's folder")?;
    let result = run(&dir, is_short, gigabytes);
    process::sweep(&dir);
    if let Err(error) = result {
        return Err(error.context(format!("its files are in {}", dir.display())));
    }
    for stanza in STANZAS {
        postgres::remove(&dir.join(stanza))?;
    }
    fs::remove_dir_all(&dir).context("failed to remove the drill's folder")
}

fn run(dir: &Path, is_short: bool, gigabytes: u32) -> anyhow::Result<()> {
    let binary = test::binary(dir)?;
    let postcodes = directory::ensure("FOLKMOOT_TEST_POSTCODES", &binary)?;
    let mut drill = say::step("start the suite on two databases", |_| {
        start(dir, binary, &postcodes, is_short)
    })?;
    say::step("act, and back up", |_| drill.back_up(gigabytes))?;
    let heartbeat = drill.heartbeat(dir)?;
    let noted = say::step("write on, note a moment, write on", |_| drill.write_on())?;
    say::step("wait for the archive", |_| drill.await_archived())?;
    let (crashed, restoring) = say::step("destroy both databases", |_| drill.destroy())?;
    drop(heartbeat);
    let restored = say::step("restore", |_| drill.restore(&noted))?;
    say::step("repeat the erasures since the moment", |_| drill.erase_again(&noted))?;
    say::step("start the suite again", |_| drill.folkmoot.start_services())?;
    let took = restoring.elapsed();
    say::step("look at what came back", |_| drill.examine(&noted))?;
    say::step("search repositories and databases", |_| drill.search())?;
    say::line(format!("restored to {}: {restored}", noted.moment));
    say::line(format!(
        "recovery time: {:.1} s from the crash to a ready suite",
        took.as_secs_f64()
    ));
    if !is_short {
        let lost = say::step("restore all that was archived", |_| drill.lost(crashed))?;
        say::line(format!("recovery point: the crash lost the last {lost:.1} s of commits"));
        ensure!(lost <= 60.0, "more than 60 s were lost");
    }
    Ok(())
}

fn start(dir: &Path, binary: PathBuf, postcodes: &Path, is_short: bool) -> anyhow::Result<Drill> {
    let mut ports = Ports::new();
    let [services, keyring] = STANZAS.map(|stanza| Cluster::start(dir, stanza, ports.next()));
    let (services, keyring) = (services?, keyring?);
    let folkmoot = Folkmoot::start(dir, binary, postcodes, [&services, &keyring], &mut ports)?;
    let demo = folkmoot.commands.ask("demo", commands::demo(&dir.join("demo.json")))?;
    let story = Story::new(&demo, dir.join("mail"))?;
    Ok(Drill { folkmoot, story, services, keyring, ports, is_short })
}

impl Drill {
    /// Some people act; one of them is erased only after the backup that holds them.
    fn back_up(&self, gigabytes: u32) -> anyhow::Result<()> {
        for name in [STAYS, ERASED_BEFORE, ERASED_AFTER] {
            self.story.act(name)?;
            self.story.confirm(name)?;
            ensure!(self.story.export()?.contains(name), "{name} is not in the download");
        }
        self.services.postgres()?.sql(&checks::fill(gigabytes))?;
        self.services.backup()?;
        self.keyring.backup()
    }

    /// Commits four times a second, so that what a crash loses can be seen.
    fn heartbeat(&self, dir: &Path) -> anyhow::Result<Process> {
        let script = dir.join("heartbeat.sql");
        fs::write(&script, "insert into drill.heartbeat default values \\watch 0.25\n")?;
        let mut psql = self.services.postgres()?.psql();
        psql.arg("--file").arg(&script);
        Process::spawn("heartbeat", &mut psql, &dir.join("heartbeat.log"))
    }

    fn write_on(&self) -> anyhow::Result<Noted> {
        let story = &self.story;
        let erased_before = story.erase(ERASED_BEFORE)?;
        wait::until("the count of all three", SETTLED, || Ok(story.counter()? == 3))?;
        // Accepted, and its event still in the outbox.
        self.folkmoot.suspend_kafka(true)?;
        story.act(IN_FLIGHT)?;
        self.folkmoot.suspend(true)?;
        let services = Tables::note(self.services.postgres()?, "folkmoot")?;
        let moment = self.services.postgres()?.sql("select clock_timestamp()")?;
        self.folkmoot.suspend(false)?;
        self.folkmoot.suspend_kafka(false)?;
        ensure!(services.rows("campaigns.outbox")? == 1, "no event waits at the moment");
        story.await_mail(IN_FLIGHT, |mail| &mail.to)?;
        story.act(LOST)?;
        story.confirm(LOST)?;
        let erased_after = story.erase(ERASED_AFTER)?;
        let emails = [STAYS, ERASED_BEFORE, ERASED_AFTER, IN_FLIGHT, LOST];
        let emails = emails.map(|name| Ok((name, story.emails_of(name)?)));
        let emails = emails.into_iter().collect::<anyhow::Result<_>>()?;
        let keyring = Tables::note(self.keyring.postgres()?, KEYRING)?;
        let moment = moment.trim().to_owned();
        Ok(Noted { moment, services, keyring, erased_before, erased_after, emails })
    }

    fn await_archived(&self) -> anyhow::Result<()> {
        self.services.await_archived(self.is_short)?;
        self.keyring.await_archived(self.is_short)?;
        if !self.is_short {
            wait::patiently(UNARCHIVED, || false);
        }
        Ok(())
    }

    fn destroy(&mut self) -> anyhow::Result<(SystemTime, Instant)> {
        let crash = (SystemTime::now(), Instant::now());
        self.services.destroy()?;
        self.keyring.destroy()?;
        self.folkmoot.kill()?;
        Ok(crash)
    }

    /// The services to the moment, the keyring to its end: destroyed keys must stay destroyed.
    fn restore(&mut self, noted: &Noted) -> anyhow::Result<String> {
        let began = Instant::now();
        let target = format!("--target={}", noted.moment);
        self.services.restore(&["--type=time", &target, "--target-action=promote"])?;
        let took = began.elapsed().as_secs_f64();
        self.keyring.restore(&[])?;
        let services = self.services.postgres()?;
        let last = services.sql(&format!(
            "select pg_last_xact_replay_timestamp() <= '{}'::timestamptz",
            noted.moment
        ))?;
        ensure!(last.trim() == "t", "something from after the moment came back: {last}");
        let restored = noted.services.equal(&Tables::note(services, "folkmoot")?)?;
        let keyring = Tables::note(self.keyring.postgres()?, KEYRING)?;
        let keys = noted.keyring.equal(&keyring).context("keyring")?;
        let size = services.sql("select pg_size_pretty(pg_database_size('folkmoot'))")?;
        let services = format!("{restored}, {} in {took:.1} s", size.trim());
        Ok(format!("{services}; the keyring to its end: {keys}"))
    }

    fn examine(&self, noted: &Noted) -> anyhow::Result<()> {
        let story = &self.story;
        // The waiting event is published again, and everything else can go on.
        story.act(RETURNS)?;
        story.confirm(RETURNS)?;
        wait::until("the outboxes' end", SETTLED, || checks::outboxes_are_empty(&self.services))?;
        wait::until("the count of one more", SETTLED, || Ok(story.counter()? == 4))?;
        for (name, (to, about)) in &noted.emails {
            // Sent after the moment, for what had happened before it.
            let again = usize::from(*name == IN_FLIGHT);
            let now = story.emails_of(name)?;
            ensure!(
                now.0 <= to + again && now.1 == *about,
                "{name} had {to}, {about} emails, now {now:?}"
            );
            say::line(format!("emails to and about {name}: {to} and {about}, now {now:?}"));
        }
        let export = story.export()?;
        ensure!(export.contains(STAYS), "{STAYS} can no longer be read");
        for gone in [ERASED_BEFORE, ERASED_AFTER, LOST] {
            ensure!(!export.contains(gone), "{gone} can be read again");
        }
        ensure!(story.erasure(&noted.erased_before)? == "complete", "an erasure is forgotten");
        story.await_erased(&noted.erased_after)?;
        Ok(())
    }

    /// The ledger does not know them; Kafka does.
    fn erase_again(&self, noted: &Noted) -> anyhow::Result<()> {
        let services = self.services.postgres()?;
        let id = &noted.erased_after;
        let known = format!("select count(*) from retention.erasures where id = '{id}'");
        ensure!(services.sql(&known)?.trim() == "0", "the erasure came from after the moment");
        let sql = checks::erasures_since(&self.folkmoot.kafka.url(), &noted.moment)?;
        ensure!(sql.contains(id), "Kafka does not know the erasure");
        services.sql(&sql).map(drop)
    }

    fn search(&self) -> anyhow::Result<()> {
        for cluster in [&self.services, &self.keyring] {
            checks::is_encrypted(&cluster.repository())?;
            checks::is_absent(&cluster.home, self.folkmoot.kek()?)?;
            say::line(checks::metrics(cluster)?);
        }
        checks::is_absent(&self.services.repository(), checks::CANARY)?;
        checks::is_present(&self.services.home.join("data"), checks::CANARY)
    }

    /// Seconds of commits that the crash lost, by the last one in the archive.
    fn lost(&mut self, crashed: SystemTime) -> anyhow::Result<f64> {
        let copy = self.services.restore_copy(self.ports.next())?;
        let last =
            copy.postgres()?.sql("select extract(epoch from max(at)) from drill.heartbeat")?;
        let last: f64 = last.trim().parse().context("no heartbeat came back")?;
        Ok(crashed.duration_since(UNIX_EPOCH)?.as_secs_f64() - last)
    }
}
