//! Pods that come and go with what there is to do: workers with a backlog of events, by KEDA, and the gateway's with the
//! processor time that they use.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use contracts::{Event as _, campaigns::ActionConfirmed};
use integration_tests::ledger::Database as _;
use serde_json::json;
use tokio::task::block_in_place;
use xtask::say;

use crate::{command::rest, database::Main, load, release::Release, story::Story};

/// Writes a row for each confirmed action, of when its data expires.
const WORKER: &str = "folkmoot-retention-worker";
const WORKERS: &str = "app.kubernetes.io/component=retention,folkmoot.org/role=worker";
const GATEWAY: &str = "folkmoot-gateway";
/// KEDA keeps no pod while a `ScaledObject` has it.
const PAUSE: &str = "autoscaling.keda.sh/paused-replicas";
/// Stands for the id of each event's action.
const NIL: &str = "00000000-0000-0000-0000-000000000000";
/// How long pods may take to become more, or fewer.
const LIMIT: Duration = Duration::from_mins(15);
const LOOK: Duration = Duration::from_secs(1);

/// Publishes confirmed actions while no worker runs, and lets workers be scaled until each of them was handled and only the
/// fewest workers are left.
pub(crate) fn drain(release: &Release, events: i64) -> anyhow::Result<()> {
    let (database, mut pods) = (Main::of(release), Pods::of(release, WORKER)?);
    let handled = || count(&database, "SELECT count(*) FROM retention.schedules");
    release.kubectl(&["annotate", "scaledobject", WORKER, &format!("{PAUSE}=0")])?;
    release.kubectl(&["wait", "--for=delete", "pods", "--timeout=2m", "--selector", WORKERS])?;
    let all = handled()? + events;
    say::step(&format!("publish {events} events"), |_| publish(&database, events))?;
    release.kubectl(&["annotate", "scaledobject", WORKER, &format!("{PAUSE}-")])?;
    pods.started = Instant::now();
    pods.until("the last event", |_| Ok(handled()? >= all))?;
    let took = pods.started.elapsed().as_secs();
    say::line(format!("{events} events handled in {took} s, by up to {} workers", pods.peak));
    ensure!(handled()? == all, "{} rows instead of {all}", handled()?);
    pods.end()
}

/// Lets the gateway's pods become more under load, and fewer after it.
pub(crate) async fn follow_load(release: &Release, story: &Story) -> anyhow::Result<()> {
    let mut pods = Pods::of(release, GATEWAY)?;
    let load = load::start(story, "cpu")?;
    let least = pods.least;
    let scaled = block_in_place(|| pods.until("more pods", |ready| Ok(ready > least)));
    let outcome = load.end().await?;
    scaled?;
    say::line(load::summary(&outcome));
    load::refuse_losses(&outcome)?;
    story.confirm_all(&outcome.accepted).await?;
    block_in_place(|| pods.end())
}

/// Writes events into the outbox of campaigns, and waits until its relay has published them.
fn publish(database: &Main, events: i64) -> anyhow::Result<()> {
    // Nothing expires while it is looked at.
    let at = "2999-01-01T00:00:00Z";
    let event: ActionConfirmed = serde_json::from_value(json!({
        "action_id": NIL, "campaign_id": NIL, "subject_id": NIL, "kind": "message_to_representative",
        "constituency": null, "taken_at": at, "confirmed_at": at,
    }))?;
    let (kind, topic) = (ActionConfirmed::TYPE, ActionConfirmed::TOPIC);
    let payload = serde_json::to_string(&event)?;
    database.rows(&format!(
        "INSERT INTO campaigns.outbox (id, tenant_id, topic, key, type, payload)
         SELECT gen_random_uuid(), tenant_id, '{topic}', action, '{kind}', replace('{payload}', '{NIL}', action::text)
         FROM (SELECT tenant_id FROM campaigns.campaigns LIMIT 1) own,
              (SELECT gen_random_uuid() AS action FROM generate_series(1, {events})) actions"
    ))?;
    let started = Instant::now();
    while count(database, "SELECT count(*) FROM campaigns.outbox")? > 0 {
        ensure!(started.elapsed() < LIMIT, "the outbox is not empty");
        rest(LOOK)?;
    }
    Ok(())
}

fn count(database: &Main, sql: &str) -> anyhow::Result<i64> {
    let rows = database.rows(sql)?;
    Ok(rows.first().and_then(|row| row.first()).context("no count")?.parse()?)
}

/// The pods of a Deployment that an autoscaler scales.
struct Pods<'a> {
    release: &'a Release,
    name: &'static str,
    /// The autoscaler's limits.
    least: u32,
    most: u32,
    started: Instant,
    /// Ready pods: at the last look, and the most at one.
    ready: u32,
    peak: u32,
}

impl<'a> Pods<'a> {
    fn of(release: &'a Release, name: &'static str) -> anyhow::Result<Self> {
        // KEDA makes the autoscaler of a worker a moment after its `ScaledObject`.
        let scaler = format!("hpa/{name}");
        release.kubectl(&["wait", "--for=create", &scaler, "--timeout=60s"])?;
        let limits = "jsonpath={.spec.minReplicas} {.spec.maxReplicas}";
        let limits = release.kubectl(&["get", &scaler, "--output", limits])?;
        let (least, most) = limits.split_once(' ').context("no limits")?;
        let (least, most) = (least.parse()?, most.parse()?);
        ensure!(least < most, "{name} always has {least} pods");
        let mut pods =
            Self { release, name, least, most, started: Instant::now(), ready: 0, peak: 0 };
        pods.until("the fewest pods", |ready| Ok(ready == least))?;
        Ok(pods)
    }

    /// Prints each change of their number until `ends` says so.
    fn until(
        &mut self,
        what: &str,
        mut ends: impl FnMut(u32) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let (since, before) = (Instant::now(), self.ready);
        let query = "jsonpath={.status.readyReplicas}";
        loop {
            let ready =
                self.release.kubectl(&["get", "deployment", self.name, "--output", query])?;
            let ready = if ready.is_empty() { 0 } else { ready.parse()? };
            if ready != self.ready {
                say::line(format!(
                    "{:5} s  {}: {ready}",
                    self.started.elapsed().as_secs(),
                    self.name
                ));
            }
            (self.ready, self.peak) = (ready, self.peak.max(ready));
            if ends(ready)? {
                return Ok(());
            }
            ensure!(since.elapsed() < LIMIT, "{what} did not come; {before} pods, then {ready}");
            rest(LOOK)?;
        }
    }

    /// Waits for the fewest pods, and fails unless there were more before, within the limits.
    fn end(mut self) -> anyhow::Result<()> {
        let (least, most, name) = (self.least, self.most, self.name);
        self.until("the fewest pods", |ready| Ok(ready == least))?;
        let (peak, took) = (self.peak, self.started.elapsed().as_secs());
        ensure!(peak > least && peak <= most, "{name}: {peak} pods of {least} to {most}");
        say::line(format!("{name}: from {least} to {peak} pods and back in {took} s"));
        Ok(())
    }
}
