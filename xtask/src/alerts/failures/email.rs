//! Failures of the relay.

use super::relay::{Failure, Relay};
use super::replica::Replica;
use super::watch::Watch;
use crate::alerts::traffic;
use crate::stack::process::Process;

/// The supporter of the main job.
const SUPPORTER: &str = "<ada.";

/// People act, and no email leaves.
pub(super) fn without_relay(watch: &Watch<'_>) -> anyhow::Result<()> {
    stop_catcher(watch)?;
    let entry = Replica::entry(watch)?;
    let acting = traffic::submit(&watch.run, &entry.url)?;
    let fired = watch.fires(&["FolkmootMailRelayUnavailable", "FolkmootConfirmationsStopped"]);
    drop(acting);
    start_catcher(watch)?;
    fired?;
    watch.calms("FolkmootConfirmationsStopped")
}

/// Every recipient is refused for good.
pub(super) fn refused(watch: &Watch<'_>) -> anyhow::Result<()> {
    stop_catcher(watch)?;
    let relay = Relay::start(watch, Failure::RefusesRecipients)?;
    let entry = Replica::entry(watch)?;
    let acting = traffic::submit(&watch.run, &entry.url)?;
    let fired = watch.fires(&["FolkmootMailFails"]);
    drop(acting);
    drop(relay);
    start_catcher(watch)?;
    fired
}

/// The representative's email is sent, and no reply comes.
pub(super) fn cut_off(watch: &Watch<'_>) -> anyhow::Result<()> {
    stop_catcher(watch)?;
    let relay = Relay::start(watch, Failure::BreaksAfterText { except: SUPPORTER })?;
    let acting = watch.act()?;
    let fired = watch.fires(&["FolkmootMailUnknown"]);
    drop(acting);
    drop(relay);
    start_catcher(watch)?;
    fired
}

fn stop_catcher(watch: &Watch<'_>) -> anyhow::Result<()> {
    let catcher = Process::adopt("catch-mail", &watch.run.record("catch-mail"));
    catcher.map_or(Ok(()), |mut catcher| catcher.stop())
}

fn start_catcher(watch: &Watch<'_>) -> anyhow::Result<()> {
    watch.suite.catch_mail(watch.ports.mail)?.detach();
    Ok(())
}
