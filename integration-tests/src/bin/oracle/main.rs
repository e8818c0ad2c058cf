//! `oracle TRIES`: whether the time until a signature is accepted reveals to somebody outside what an organisation knows of the
//! address (docs/security.md). `cargo xtask oracle` builds and starts it.

mod statistics;
mod tries;

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    random::Random,
    suite::{Mode, Suite},
};
use xtask::say;

use crate::{
    statistics::{Timed, Verdict, median},
    tries::{Kind, Pace, Person},
};

/// What a threshold may get right of tries that it was not chosen by.
const AT_MOST: f64 = 0.55;
/// People who sign first, until connections and caches are warm.
const WARM_UP: usize = 50;
/// One who lets the suite finish what follows a signature, such as its email, and one who keeps it busy.
const PACES: [Pace; 2] = [
    Pace { connections: 1, pause: Duration::from_millis(30) },
    Pace { connections: 8, pause: Duration::ZERO },
];
/// Draws the order of the tries.
const SEED: u64 = 12;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say::problem(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether the times reveal nothing.
fn run() -> anyhow::Result<bool> {
    let tries: usize = std::env::args().nth(1).context("tries")?.parse().context("tries")?;
    let suite = say::step("start the suite", |_| Suite::start("oracle", Mode::OneProcess))?;
    let driver = Driver::of(&suite)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut random, mut reveals_nothing) = (Random(SEED), true);
    say::line(
        "| connections | beside a new address | tries | medians | AUC | best threshold | … of its own half | … by chance |",
    );
    say::line("|---|---|---|---|---|---|---|---|");
    for pace in PACES {
        let measured = measure(&driver, pace, tries / 2, &mut random);
        let (people, times) = runtime.block_on(measured)?;
        for kind in [Kind::Known, Kind::Repeated] {
            let pairs = people.iter().zip(&times).filter(|(it, _)| it.kind != other(kind));
            let tries: Vec<Timed> =
                pairs.map(|(person, time)| (*time, person.kind == Kind::New)).collect();
            let verdict = Verdict::of(&tries, &mut random);
            say::line(row(pace.connections, kind, &tries, &verdict));
            reveals_nothing &= verdict.judged <= AT_MOST;
        }
    }
    let says = if reveals_nothing { "reveals nothing" } else { "REVEALS THEM" };
    say::line(format!("the time {says}: a threshold may get {:.0} % right", AT_MOST * 100.0));
    Ok(reveals_nothing)
}

/// People in the order in which they tried, and how long each try took.
async fn measure(
    driver: &Driver,
    pace: Pace,
    each: usize,
    random: &mut Random,
) -> anyhow::Result<(Vec<Person>, Vec<Duration>)> {
    let series = |name: &str| format!("{name}-{}", pace.connections);
    let people = tries::people(driver, &series("try"), each, random).await?;
    let warm_up = tries::people(driver, &series("warm"), WARM_UP, random).await?;
    tries::times(driver, &warm_up, pace).await?;
    let times = tries::times(driver, &people, pace).await?;
    Ok((people, times))
}

/// The kind that is compared with new addresses the other time.
fn other(kind: Kind) -> Kind {
    if kind == Kind::Known { Kind::Repeated } else { Kind::Known }
}

fn row(connections: usize, kind: Kind, tries: &[Timed], verdict: &Verdict) -> String {
    let name = if kind == Kind::Known { "signed another campaign" } else { "signed this campaign" };
    let median = |is_new: bool| {
        let times = tries.iter().filter(|(_, new)| *new == is_new).map(|(time, _)| *time);
        median(times).as_secs_f64() * 1000.0
    };
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    format!(
        "| {connections} | {name} | {} | {:.1} ms, new {:.1} ms | {:.3} | {} | {} | {} |",
        tries.len(),
        median(false),
        median(true),
        verdict.auc,
        percent(verdict.judged),
        percent(verdict.chosen),
        percent(verdict.chance),
    )
}
