//! This build beside another one, in alternating rounds on one machine: the only way to see a change of a few per cent. Each
//! round starts its own suite, so that nothing of the other build runs meanwhile, and nothing of the round before.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use integration_tests::{driver::Driver, places};
use xtask::say;

use crate::{Bench, costs::Costs, generator, lookups, signatures, start_build};

/// Even, so that each build comes first as often as the other.
const ROUNDS: usize = 6;
/// Before anything is measured, until connections, plans and Kafka's compiler are warm.
const WARM_UP: Duration = Duration::from_secs(3);

/// A build: its name, and the settings that name its binary and the postcodes that it imported.
type Build = (&'static str, &'static str, &'static str);
const BUILDS: [Build; 2] = [
    ("this", "FOLKMOOT_TEST_BIN", "FOLKMOOT_BENCH_POSTCODES"),
    ("other", "FOLKMOOT_BENCH_OTHER", "FOLKMOOT_BENCH_OTHER_POSTCODES"),
];

/// What is measured: its part of the benchmark, and how.
type Work = (&'static str, Measure);
type Measure = fn(&Bench, &[String]) -> anyhow::Result<Vec<Figure>>;
/// What a figure says, and the figure.
type Figure = (&'static str, f64);
/// The figures of each round, for each build.
type Rounds = [Vec<Figure>; BUILDS.len()];

const WORKS: [Work; 2] = [
    ("postcodes", |bench, asked| {
        Ok(vec![
            (
                "Postcode look-ups of the service itself, each second",
                lookups::direct_rate(bench, asked, bench.time)?,
            ),
            (
                "Postcode look-ups through the gateway, each second",
                lookups::gateway_rate(bench, asked, bench.time)?,
            ),
        ])
    }),
    ("signatures", |bench, _| signatures(bench, "measured", bench.time)),
];

/// Measures all works, or those of one part.
pub(crate) fn run(time: Duration, part: &str) -> anyhow::Result<()> {
    let works: Vec<Work> =
        WORKS.into_iter().filter(|work| part == "all" || part == work.0).collect();
    ensure!(!works.is_empty(), "{part} cannot be compared");
    let file = places::setting("FOLKMOOT_BENCH_POSTCODES")?;
    let asked = lookups::postcodes(Path::new(&file))?;
    let mut rounds = Rounds::default();
    for round in 0..ROUNDS {
        let mut order = [0, 1];
        order.rotate_left(round % BUILDS.len());
        for build in order {
            let bench = start(build, round, time)?;
            for (_, measure) in &works {
                let figures = measure(&bench, &asked)?;
                rounds.get_mut(build).into_iter().for_each(|all| all.extend(&figures));
            }
        }
    }
    let [this, _] = &rounds;
    let labels = this.iter().take(this.len() / ROUNDS);
    labels.for_each(|(label, _)| say::line(row(label, &rounds)));
    Ok(())
}

/// The figures of one label, as a row of the table.
fn row(label: &str, rounds: &Rounds) -> String {
    let of = |all: &[Figure]| -> Vec<f64> {
        all.iter().filter(|(of, _)| *of == label).map(|(_, figure)| *figure).collect()
    };
    let [this, other] = rounds.each_ref().map(|all| of(all));
    let mut ratios: Vec<f64> = this.iter().zip(&other).map(|(this, other)| this / other).collect();
    ratios.sort_by(f64::total_cmp);
    let range = ratios.first().zip(ratios.last()).unwrap_or((&0.0, &0.0));
    let (this, other) = (median(this), median(other));
    format!(
        "| {label} | {:.2} ({this:.0} against {other:.0}; rounds {:.2} to {:.2}) |",
        this / other,
        range.0,
        range.1
    )
}

/// A warm suite of a build.
fn start(build: usize, round: usize, time: Duration) -> anyhow::Result<Bench> {
    let (name, binary, postcodes) = BUILDS.get(build).context("no such build")?;
    let bench = start_build(&format!("{name}-{}", round + 1), binary, postcodes, time)?;
    signatures(&bench, "warm-up", WARM_UP)?;
    Ok(bench)
}

/// Signatures accepted each second, and what one costs. It returns when their emails were sent, too.
fn signatures(bench: &Bench, series: &str, time: Duration) -> anyhow::Result<Vec<Figure>> {
    let (before, costs) = (signatures::caught(bench)?, Costs::so_far(bench)?);
    let driver = Driver::of(&bench.suite)?;
    let sign = async |number| signatures::sign(&driver, series, number).await;
    let closed = generator::closed(time, signatures::CONNECTIONS, sign);
    let figures = bench.runtime.block_on(closed);
    ensure!(figures.failed == 0, "signatures failed: {}", figures.failures());
    signatures::emails(bench, before, figures.accepted)?;
    let (costs, each) = (Costs::so_far(bench)? - costs, f64::from(figures.accepted.max(1)));
    Ok(vec![
        ("Signatures, as many as 32 connections get, each second", figures.rate()),
        (
            "… processor time of a signature with its email, suite and PostgreSQL, µs",
            costs.processor().as_secs_f64() * 1e6 / each,
        ),
        ("… of which PostgreSQL, µs", costs.postgres.as_secs_f64() * 1e6 / each),
        ("… write-ahead log of a signature with its email, bytes", costs.wal / each),
    ])
}

/// The mean of the two in the middle.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    let two = figures.get(middle.saturating_sub(1)..=middle).unwrap_or_default();
    two.iter().sum::<f64>() / 2.0
}
