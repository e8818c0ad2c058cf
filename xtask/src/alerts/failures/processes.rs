//! Failures of processes and their sockets.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Resource, Rlimit};

use super::replica::Replica;
use super::watch::{FIRE, Watch};
use crate::up::commands::GATEWAY_PORT;
use crate::up::suite::Suite;
use crate::{say, wait};

/// More than one network may have open.
const CONNECTIONS: usize = 2_000;
/// Opened in vain before each look.
const AT_ONCE: usize = 100;

pub(super) fn stopped(watch: &Watch<'_>) -> anyhow::Result<()> {
    watch.folkmoot()?.stop()?;
    let fired = watch.fires(&[
        "FolkmootServiceAbsent",
        "FolkmootRelayLeader",
        "FolkmootEventsDelayed",
        "FolkmootConsumerAbsent",
        "FolkmootErasuresUnwatched",
        "FolkmootSigningKeyAbsent",
    ]);
    watch.restart()?;
    fired
}

pub(super) fn restarts(watch: &Watch<'_>) -> anyhow::Result<()> {
    for _ in 0..3 {
        watch.restart()?;
    }
    watch.fires(&["FolkmootRestarts"])
}

pub(super) fn two_builds(watch: &Watch<'_>) -> anyhow::Result<()> {
    let Some(binary) = watch.other_build.clone() else {
        say::problem("  skipped: name another build with --other-build");
        return Ok(());
    };
    let (environment, run) = (watch.suite.environment.clone(), watch.run.clone());
    let other = Suite { binary, environment, run };
    let replica = Replica::start_build(watch, &other, "postcodes", &[])?;
    watch.scrape(&[replica.admin_port])?;
    watch.fires(&["FolkmootVersionsMixed"])
}

/// The limit is lowered to little more than what is open.
pub(super) fn files(watch: &Watch<'_>) -> anyhow::Result<()> {
    let folkmoot = watch.folkmoot()?;
    let open = fs::read_dir(format!("/proc/{}/fd", folkmoot.pid())).context("no open files")?;
    let few = u64::try_from(open.count())? * 11 / 10;
    let process = Pid::from_raw(i32::try_from(folkmoot.pid())?).context("no process")?;
    let set = |limit| rustix::process::prlimit(Some(process), Resource::Nofile, limit);
    let now = rustix::process::getrlimit(Resource::Nofile);
    let before = set(Rlimit { current: Some(few), maximum: now.maximum })?;
    let fired = watch.fires(&["FolkmootFilesExhausted"]);
    set(before)?;
    fired
}

/// The process is moved into a control group that is full, as a pod that has reached its node's limit of processes.
/// Tokio panics when it cannot start a thread for work that blocks.
pub(super) fn threads(watch: &Watch<'_>) -> anyhow::Result<()> {
    let process = watch.folkmoot()?.pid().to_string();
    let all = Path::new("/sys/fs/cgroup/pids");
    let full = all.join(format!("folkmoot-{process}"));
    fs::create_dir(&full).context("this needs the control groups of version 1")?;
    fs::write(full.join("pids.max"), "1")?;
    fs::write(full.join("cgroup.procs"), &process)?;
    let fired = watch.fires(&["FolkmootPanic"]);
    let moved = fs::write(all.join("cgroup.procs"), &process);
    fs::remove_dir(&full)?;
    moved.context("folkmoot has ended")?;
    fired?;
    let email = watch.act()?.wait()?;
    ensure!(email.success(), "the suite sends no email after it, see .run/log/alerts.log");
    Ok(())
}

pub(super) fn connections(watch: &Watch<'_>) -> anyhow::Result<()> {
    let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, GATEWAY_PORT));
    let open: Vec<TcpStream> = (0..CONNECTIONS).map_while(|_| connect().ok()).collect();
    let alert = "FolkmootConnectionsRefused";
    wait::until(alert, FIRE, || {
        (0..AT_ONCE).for_each(|_| drop(connect()));
        watch.would_fire(alert)
    })?;
    drop(open);
    watch.fires(&[alert])
}
