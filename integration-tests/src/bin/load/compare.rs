//! This build beside another one, in alternating rounds on one machine: the only way to see a change of a few per cent.

use std::{path::Path, time::Duration};

use anyhow::ensure;
use integration_tests::{driver::Driver, places};
use xtask::say;

use crate::{Bench, generator, lookups, signatures, start_build};

/// Even, so that each build comes first as often as the other: the first of a pair is some per cent slower, since the machine
/// is still busy with what was measured before.
const ROUNDS: usize = 8;
const LABELS: [&str; 3] = [
    "Postcode look-ups of the service itself, each second",
    "Postcode look-ups through the gateway, each second",
    "Signatures, as many as 32 connections get, each second",
];

/// Figures of one build by what was measured, one of each round.
type Rounds = [Vec<f64>; LABELS.len()];

pub(crate) fn run(time: Duration) -> anyhow::Result<()> {
    let this = start_build("this", "FOLKMOOT_TEST_BIN", "FOLKMOOT_BENCH_POSTCODES", time)?;
    let other =
        start_build("other", "FOLKMOOT_BENCH_OTHER", "FOLKMOOT_BENCH_OTHER_POSTCODES", time)?;
    let file = places::setting("FOLKMOOT_BENCH_POSTCODES")?;
    let asked = lookups::postcodes(Path::new(&file))?;
    let mut figures: [Rounds; 2] = Default::default();
    for round in 0..ROUNDS {
        say::step(&format!("round {} of {ROUNDS}", round + 1), |_| {
            (0..LABELS.len()).try_for_each(|what| {
                let mut builds: Vec<_> = [&this, &other].into_iter().zip(&mut figures).collect();
                if round % 2 == 1 {
                    builds.reverse();
                }
                builds.into_iter().try_for_each(|(build, figures)| {
                    let figure = measure(build, what, round, &asked)?;
                    figures.get_mut(what).into_iter().for_each(|all| all.push(figure));
                    Ok(())
                })
            })
        })?;
    }
    let [this, other] = figures;
    for ((label, this), other) in LABELS.into_iter().zip(this).zip(other) {
        let (this, other) = (median(this), median(other));
        say::line(format!("| {label} | {:.2} ({this:.0} against {other:.0}) |", this / other));
    }
    Ok(())
}

fn measure(bench: &Bench, what: usize, round: usize, asked: &[String]) -> anyhow::Result<f64> {
    match what {
        0 => lookups::direct_rate(bench, asked, bench.time),
        1 => lookups::gateway_rate(bench, asked, bench.time),
        _ => signatures(bench, round),
    }
}

/// Signatures accepted each second, once the emails of the round before were sent.
fn signatures(bench: &Bench, round: usize) -> anyhow::Result<f64> {
    let before = signatures::caught(bench)?;
    let driver = Driver::of(&bench.suite)?;
    let series = format!("compare{round}");
    let sign = async |number| signatures::sign(&driver, &series, number).await;
    let closed = generator::closed(bench.time, signatures::CONNECTIONS, sign);
    let figures = bench.runtime.block_on(closed);
    ensure!(figures.failed == 0, "signatures failed: {}", figures.failures());
    signatures::emails(bench, before, figures.accepted)?;
    Ok(figures.rate())
}

/// The mean of the two in the middle.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    let two = figures.get(middle.saturating_sub(1)..=middle).unwrap_or_default();
    two.iter().sum::<f64>() / 2.0
}
