//! This build beside another one, in alternating rounds on one machine: the only way to see a change of a few per cent.

use std::{path::Path, time::Duration};

use anyhow::ensure;
use integration_tests::{driver::Driver, places};
use xtask::say;

use crate::{Bench, generator, lookups, signatures, start_build};

/// Even, so that each build comes first as often as the other: the first of a pair is some per cent slower, since the machine
/// is still busy with what was measured before.
const ROUNDS: usize = 8;

/// What is measured: its part of the benchmark, its label, and how.
type Work = (&'static str, &'static str, Measure);
type Measure = fn(&Bench, &[String], usize) -> anyhow::Result<f64>;

const WORKS: [Work; 3] = [
    ("postcodes", "Postcode look-ups of the service itself, each second", |bench, asked, _| {
        lookups::direct_rate(bench, asked, bench.time)
    }),
    ("postcodes", "Postcode look-ups through the gateway, each second", |bench, asked, _| {
        lookups::gateway_rate(bench, asked, bench.time)
    }),
    ("signatures", "Signatures, as many as 32 connections get, each second", |bench, _, round| {
        signatures(bench, round)
    }),
];

/// Measures all works, or those of one part.
pub(crate) fn run(time: Duration, part: &str) -> anyhow::Result<()> {
    let works: Vec<Work> =
        WORKS.into_iter().filter(|work| part == "all" || part == work.0).collect();
    ensure!(!works.is_empty(), "{part} cannot be compared");
    let this = start_build("this", "FOLKMOOT_TEST_BIN", "FOLKMOOT_BENCH_POSTCODES", time)?;
    let other =
        start_build("other", "FOLKMOOT_BENCH_OTHER", "FOLKMOOT_BENCH_OTHER_POSTCODES", time)?;
    let file = places::setting("FOLKMOOT_BENCH_POSTCODES")?;
    let asked = lookups::postcodes(Path::new(&file))?;
    let mut figures = vec![(Vec::new(), Vec::new()); works.len()];
    for round in 0..ROUNDS {
        say::step(&format!("round {} of {ROUNDS}", round + 1), |_| {
            works.iter().zip(&mut figures).try_for_each(|((.., measure), (of_this, of_other))| {
                let mut builds = [(&this, of_this), (&other, of_other)];
                if round % 2 == 1 {
                    builds.reverse();
                }
                builds.into_iter().try_for_each(|(build, figures)| {
                    figures.push(measure(build, &asked, round)?);
                    anyhow::Ok(())
                })
            })
        })?;
    }
    for ((_, label, _), (this, other)) in works.into_iter().zip(figures) {
        let ratios: Vec<f64> = this.iter().zip(&other).map(|(this, other)| this / other).collect();
        let (least, most) = ratios
            .iter()
            .fold((f64::MAX, f64::MIN), |(least, most), &it| (least.min(it), most.max(it)));
        let (this, other) = (median(this), median(other));
        say::line(format!(
            "| {label} | {:.2} ({this:.0} against {other:.0}; rounds {least:.2} to {most:.2}) |",
            this / other
        ));
    }
    Ok(())
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
