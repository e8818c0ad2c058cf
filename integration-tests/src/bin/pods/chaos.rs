//! Pods, their connections and the stores beside them break under load, one thing at a time, drawn by a seeded generator;
//! then what was accepted is compared with what came out (docs/reliability.md).

use std::{
    fmt, fs,
    path::Path,
    process::Command,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use integration_tests::{
    ledger::{
        self, Database as _,
        audit::{self, Findings},
        supporters::{self, Ledger},
    },
    random::Random,
};
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::{JoinSet, block_in_place};
use xtask::{interrupt, say};

use crate::{
    command::{rest, setting},
    database::Main,
    pod::{self, Pod},
    release::Release,
    story::Story,
};

/// Seconds of a failure, and of calm after it.
const LENGTH: (u64, u64) = (5, 20);
const CALM: (u64, u64) = (2, 7);
/// How long supporters and the suite may take in all to finish.
const LIMIT: Duration = Duration::from_mins(8);
/// Longer than leases last: what is done twice shows in it.
const QUIET: Duration = Duration::from_secs(40);
const LOOK: Duration = Duration::from_secs(2);
/// Files and processes of a store are called so.
const STORES: [&str; 3] = ["kafka", "redis", "postgres"];
/// Where the firewall's rules go. What begins with `KUBE-` is removed by `cargo xtask cluster down`.
const CUT: &str = "KUBE-folkmoot-chaos";

/// What is asked for.
pub(crate) struct Asked {
    pub(crate) minutes: u64,
    pub(crate) seed: u64,
    /// New supporters per second.
    pub(crate) rate: u32,
}

/// One of the things that happen.
#[derive(Debug, Clone, Copy)]
enum Failure {
    /// SIGKILL for a container's process; the kubelet starts another one.
    Kill,
    /// SIGSTOP for a container's process, and SIGCONT at the end, unless the kubelet has killed it meanwhile.
    Pause,
    /// A pod is deleted with a second's notice; its Deployment makes another one.
    Delete,
    /// A service's Deployments replace their pods, as an upgrade does.
    Restart,
    /// A pod reaches nothing, and nothing reaches it, its kubelet included.
    Cut,
    /// SIGSTOP for a store, and SIGCONT at the end.
    PauseStore(&'static str),
    /// PostgreSQL closes every connection, as when a standby takes over.
    Disconnect,
}

impl Failure {
    /// Those that happen to a pod.
    const OF_PODS: [Self; 5] = [Self::Kill, Self::Pause, Self::Delete, Self::Restart, Self::Cut];

    fn describe(self, pod: &Pod) -> String {
        match self {
            Self::PauseStore(_) | Self::Disconnect => self.to_string(),
            _ => format!("{self} {} ({})", pod.service, pod.role),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("kill"),
            Self::Pause => f.write_str("pause"),
            Self::Delete => f.write_str("delete"),
            Self::Restart => f.write_str("rolling restart of"),
            Self::Cut => f.write_str("cut off"),
            Self::PauseStore(store) => write!(f, "pause {store}"),
            Self::Disconnect => f.write_str("close PostgreSQL's connections"),
        }
    }
}

/// Runs it all; an error is a loss, a repetition, or a check that could not be made.
pub(crate) async fn run_all(release: &Release, story: &Story, asked: &Asked) -> anyhow::Result<()> {
    let Asked { minutes, seed, rate } = *asked;
    say::line(format!("seed {seed}: {minutes} min of failures, {rate} supporters/s"));
    let ledger = Arc::<Ledger>::default();
    let mut load = JoinSet::new();
    let (driver, domain) = (story.driver.clone(), story.domain.clone());
    load.spawn(supporters::run(driver, ledger.clone(), rate, domain));
    let broken = block_in_place(|| break_things(release, Duration::from_mins(minutes), seed));
    ledger.is_over.store(true, Relaxed);
    let open = broken.and_then(|()| block_in_place(|| settle(release, &ledger)));
    ledger.is_given_up.store(true, Relaxed);
    while load.join_next().await.is_some() {}
    let open = open?;
    let database = Main::of(release);
    let found = audit::compare(&database, &story.driver, &ledger, None).await?;
    report(&ledger, &found, &open);
    ensure!(found.is_clean() && open.is_empty(), "NOT CLEAN: seed {seed}, {minutes} min");
    say::line(format!("clean: seed {seed}, {minutes} min"));
    Ok(())
}

fn report(ledger: &Ledger, found: &Findings, open: &[String]) {
    for ((step, status), count) in &*ledger::lock(&ledger.answers) {
        let status = if *status == 0 { "no answer".to_owned() } else { status.to_string() };
        say::line(format!("{count:7}  {step}: {status}"));
    }
    for (what, count) in &found.figures {
        say::line(format!("{count:7}  {what}"));
    }
    let lists = [("lost", &found.lost), ("doubled", &found.doubled), ("wrong", &found.wrong)];
    let lists = lists.map(|(what, list)| (what, list.as_slice()));
    for (what, list) in lists.into_iter().chain([("unfinished", open)]) {
        say::line(format!("{:7}  {what}", list.len()));
        list.iter().take(50).for_each(|item| say::line(format!("           {item}")));
    }
}

fn break_things(release: &Release, time: Duration, seed: u64) -> anyhow::Result<()> {
    let (started, mut random) = (Instant::now(), Random(seed));
    let mut deck = Vec::new();
    while started.elapsed() < time {
        let Some(failure) = deck.pop() else {
            deck.extend([Failure::OF_PODS, Failure::OF_PODS].concat());
            deck.extend(STORES.map(Failure::PauseStore));
            deck.push(Failure::Disconnect);
            random.shuffle(&mut deck);
            continue;
        };
        let length = Duration::from_secs(random.between(LENGTH.0, LENGTH.1));
        let pods = pod::all(release)?;
        let pod = pods.get(random.index(pods.len())).context("no pod")?;
        let at = started.elapsed().as_secs();
        say::line(format!("{at:5}  {}, {} s", failure.describe(pod), length.as_secs()));
        make(release, failure, pod, length)?;
        rest(Duration::from_secs(random.between(CALM.0, CALM.1)))?;
    }
    say::line("the last failure is over, and no new supporters come");
    Ok(())
}

fn make(release: &Release, failure: Failure, pod: &Pod, length: Duration) -> anyhow::Result<()> {
    match failure {
        Failure::Kill => {
            signal(pod.pid, Signal::KILL)?;
            rest(length)
        }
        Failure::Pause => pause(pod.pid, length),
        Failure::Delete => {
            release.kubectl(&["delete", "pod", &pod.name, "--now"])?;
            rest(length)
        }
        Failure::Restart => {
            let service = format!("app.kubernetes.io/component={}", pod.service);
            release.kubectl(&["rollout", "restart", "deployment", "--selector", &service])?;
            rest(length)
        }
        Failure::Cut => {
            let _cut = Cut::off(&pod.address)?;
            rest(length)
        }
        Failure::PauseStore(store) => {
            let record = format!("{}/stores/{store}/{store}.pid", setting("FOLKMOOT_CLUSTER")?);
            let record = fs::read_to_string(&record).with_context(|| record.clone())?;
            pause(record.split_whitespace().next().context("an empty record")?.parse()?, length)
        }
        Failure::Disconnect => {
            let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
            Main::of(release).rows(all)?;
            rest(length)
        }
    }
}

fn signal(pid: i32, signal: Signal) -> anyhow::Result<()> {
    kill_process(Pid::from_raw(pid).context("no process id")?, signal).context("a signal")
}

/// Whatever happens, it goes on in the end.
fn pause(pid: i32, length: Duration) -> anyhow::Result<()> {
    signal(pid, Signal::STOP)?;
    let rested = rest(length);
    if Path::new(&format!("/proc/{pid}")).exists() {
        signal(pid, Signal::CONT)?;
    }
    rested
}

/// An address that is cut off until this is dropped.
struct Cut(Vec<[String; 3]>);

impl Cut {
    fn off(address: &str) -> anyhow::Result<Self> {
        // Between pods by FORWARD; to and from what listens on the node, the stores among it, by INPUT.
        let rules = [("FORWARD", "-s"), ("FORWARD", "-d"), ("INPUT", "-s")];
        let mut cut = Self(Vec::new());
        for (chain, side) in rules {
            let rule = [chain.to_owned(), side.to_owned(), address.to_owned()];
            iptables("--insert", &rule)?;
            cut.0.push(rule);
        }
        Ok(cut)
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        for rule in &self.0 {
            if let Err(error) = iptables("--delete", rule) {
                say::problem(format!("a rule of the firewall stays: {error:#}"));
            }
        }
    }
}

fn iptables(verb: &str, [chain, side, address]: &[String; 3]) -> anyhow::Result<()> {
    let mut iptables = Command::new("iptables");
    iptables.args(["--wait", verb, chain, side, address, "--jump", "DROP"]);
    iptables.args(["--match", "comment", "--comment", CUT]);
    ensure!(iptables.status().context("failed to run iptables")?.success(), "iptables {verb}");
    Ok(())
}

/// Waits until every pod is ready, everything is finished and stays so. What is not in time is returned.
fn settle(release: &Release, ledger: &Ledger) -> anyhow::Result<Vec<String>> {
    let started = Instant::now();
    release.await_rollouts()?;
    say::line("every pod is ready; the suite finishes its work");
    let database = Main::of(release);
    let (mut quiet_since, mut reported) = (None, Instant::now());
    loop {
        interrupt::check()?;
        let open = ledger::unfinished(&database, ledger)?;
        if !open.is_empty() {
            quiet_since = None;
        } else if quiet_since.get_or_insert_with(Instant::now).elapsed() > QUIET {
            return Ok(open);
        }
        if started.elapsed() > LIMIT {
            return Ok(open);
        }
        if reported.elapsed() > Duration::from_secs(15) {
            say::line(format!("unfinished: {}", open.join(", ")));
            reported = Instant::now();
        }
        rest(LOOK)?;
    }
}
