//! `chaos all|signing MINUTES SEED RATE`: the whole suite as separate processes behind proxies, supporters at a bounded rate, failures drawn
//! by a seeded generator, and in the end a comparison of what was accepted with what came out (docs/reliability.md).
//! `cargo xtask chaos` builds and starts it.

mod failures;
mod proxy;
mod receiver;
mod refused;
mod relay;
mod report;
mod schedule;
mod settle;
mod world;

use std::{
    process::ExitCode,
    sync::{Arc, atomic::Ordering::Relaxed},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    ledger::{
        audit::{self, Findings},
        lock,
        supporters::{self, Ledger},
    },
    places,
};
use serde_json::json;
use tokio::runtime::Builder;
use xtask::{interrupt, say};

use crate::{
    schedule::{Profile, signing},
    world::World,
};

/// What the run is asked for.
struct Asked {
    profile: Profile,
    minutes: u64,
    seed: u64,
    per_second: u32,
}

/// Every so many supporters, one is erased once they are counted.
const ERASES: usize = 5;
/// Ids of a kind that are printed at most.
const SHOWN: usize = 50;

fn main() -> ExitCode {
    let outcome = asked().and_then(|asked| interrupt::install().and_then(|()| run(&asked)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say::problem(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn asked() -> anyhow::Result<Asked> {
    let mut words = std::env::args().skip(1);
    let mut next = |what| words.next().context(what);
    let profile = match &*next("profile")? {
        "all" => Profile::Everything,
        "signing" => Profile::Signing,
        other => anyhow::bail!("there is no profile {other}"),
    };
    let minutes = next("minutes")?.parse().context("minutes")?;
    let (seed, rate) = (next("seed")?, next("rate")?);
    Ok(Asked {
        profile,
        minutes,
        seed: seed.parse().context("seed")?,
        per_second: rate.parse().context("rate")?,
    })
}

/// Whether nothing was lost, doubled or wrong.
fn run(asked: &Asked) -> anyhow::Result<bool> {
    let Asked { profile, minutes, seed, per_second } = *asked;
    report::line(&format!("seed {seed}: {minutes} min of failures, {per_second} supporters/s"));
    let slots = schedule::plan(profile, seed, minutes * 60);
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let port = places::port()?;
    let notices = receiver::start(port)?;
    let world = World::start(runtime.handle(), port, profile)?;
    report::line("the suite is ready");
    let driver = Driver::of(&lock(&world.suite))?;
    runtime.block_on(register(&world, &driver))?;
    let is_signing = profile == Profile::Signing;
    let ledger = Arc::new(Ledger::erasing(is_signing.then_some(ERASES)));
    let refused = if is_signing { Some(refused::create(&world)?) } else { None };
    let refused = refused.map(|driver| runtime.spawn(refused::run(driver, ledger.clone())));
    let supporters = runtime.spawn(supporters::run(
        driver.clone(),
        ledger.clone(),
        per_second,
        "example.org".to_owned(),
    ));
    let length = Duration::from_mins(minutes);
    let crashes = || failures::crash_loop(&world, signing::CRASHES, length);
    let left_out = thread::scope(|scope| {
        if is_signing {
            scope.spawn(crashes);
        }
        failures::run(&world, &slots)
    })?;
    report::line("the last failure is over, and no new supporters come");
    ledger.is_over.store(true, Relaxed);
    let unfinished = settle::settle(&world, &ledger)?;
    ledger.is_given_up.store(true, Relaxed);
    runtime.block_on(supporters)?;
    let notices = lock(&notices).clone();
    let mut found = runtime.block_on(audit::compare(&world, &driver, &ledger, Some(&notices)))?;
    if let Some(refused) = refused {
        let accepted = runtime.block_on(refused)?;
        found.lost.extend(accepted.iter().map(|it| format!("{it} was accepted, and refused")));
    }
    Ok(verdict(asked, &world, &ledger, found, (&left_out, &unfinished)))
}

async fn register(world: &World, driver: &Driver) -> anyhow::Result<()> {
    let port = world.links.get("receiver").context("no link to the receiver")?.port;
    let body = json!({
        "url": format!("http://127.0.0.1:{port}/hook"),
        "event_types": ["campaign.action.confirmed", "message.delivery.recorded"],
    });
    let answer = driver.post("/v1/webhook-endpoints", &body).await?;
    anyhow::ensure!(answer.status == 201, "the endpoint: {} {}", answer.status, answer.text);
    Ok(())
}

fn verdict(
    asked: &Asked,
    world: &World,
    ledger: &Ledger,
    mut found: Findings,
    (left_out, unfinished): (&[String], &[String]),
) -> bool {
    let kills = world.kills.load(Relaxed);
    if asked.profile == Profile::Signing && found.unknown > kills {
        found.wrong.push(format!("{} outcomes are unknown, after {kills} kills", found.unknown));
    }
    for ((step, status), count) in &*lock(&ledger.answers) {
        say::line(format!("{count:7}  {step}: {}", name(*status)));
    }
    for (what, count) in &found.figures {
        say::line(format!("{count:7}  {what}"));
    }
    let fallen = lock(&world.fallen);
    let lists: [(&str, &[String]); 6] = [
        ("lost", &found.lost),
        ("doubled", &found.doubled),
        ("wrong", &found.wrong),
        ("unfinished", unfinished),
        ("ended by themselves", &fallen),
        ("left out", left_out),
    ];
    for (what, list) in lists {
        say::line(format!("{:7}  {what}", list.len()));
        for item in list.iter().take(SHOWN) {
            say::line(format!("           {item}"));
        }
    }
    let is_clean = found.is_clean() && unfinished.is_empty();
    let verdict = if is_clean { "clean" } else { "NOT CLEAN" };
    report::line(&format!(
        "{verdict}: seed {}, {} min: {kills} kills, {} sent, {} unknown, {} twice, {} lost",
        asked.seed,
        asked.minutes,
        found.sent,
        found.unknown,
        found.doubled.len(),
        found.lost.len(),
    ));
    is_clean
}

fn name(status: u16) -> String {
    if status == 0 { "no answer".to_owned() } else { status.to_string() }
}
