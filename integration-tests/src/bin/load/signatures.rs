//! Signatures: the peak of a campaign, through the gateway with a publishable key, each by a different person.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::ensure;
use integration_tests::driver::Driver;

use crate::{Bench, Row, costs::Costs, generator, ms, postgres};

const RATE: u32 = 500;
pub(crate) const CONNECTIONS: u32 = 32;
/// The closed loop is shorter: it asks for all the machine has.
const MOST: Duration = Duration::from_secs(10);
/// Confirmation emails that have not arrived by then are given up.
const EMAILS_WITHIN: Duration = Duration::from_mins(5);
/// Postcodes that lie in the demo's outlines.
const POSTCODES: [&str; 4] = ["CB2 1TN", "M2 5DB", "OX4 1AA", "OX4 2AB"];

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let before = caught(bench)?;
    let driver = Driver::of(&bench.suite)?;
    let sign = async |number| sign(&driver, "open", number).await;
    let open = bench.runtime.block_on(generator::open(RATE, bench.time, CONNECTIONS, sign));
    let emails = emails(bench, before, open.accepted)?;
    let (before, costs) = (caught(bench)?, Costs::so_far(bench)?);
    // New connections: the old ones were closed by the gateway while we waited for the emails.
    let driver = Driver::of(&bench.suite)?;
    let sign = async |number| self::sign(&driver, "closed", number).await;
    let most = MOST.min(bench.time);
    let closed = bench.runtime.block_on(generator::closed(most, CONNECTIONS, sign));
    self::emails(bench, before, closed.accepted)?;
    let (costs, each) = (Costs::so_far(bench)? - costs, f64::from(closed.accepted.max(1)));
    let inserts = postgres::inserts(&bench.suite, most)?;
    Ok(vec![
        (
            format!(
                "Signatures asked for: {RATE}/s for {} s, {CONNECTIONS} connections; accepted",
                bench.time.as_secs()
            ),
            format!("{:.0}/s", open.rate()),
        ),
        (
            "… p50 / p99 (from when each was due)".to_owned(),
            format!("{} / {}", ms(open.within(50)), ms(open.within(99))),
        ),
        ("… refused or failed".to_owned(), open.failures()),
        ("… until the last confirmation email was caught, after the load".to_owned(), emails),
        (
            format!("Signatures, as many as {CONNECTIONS} connections get in {} s", most.as_secs()),
            format!("{:.0}/s", closed.rate()),
        ),
        (
            "… p50 / p99".to_owned(),
            format!("{} / {}", ms(closed.within(50)), ms(closed.within(99))),
        ),
        ("… refused or failed".to_owned(), closed.failures()),
        (
            "… processor time of one with its email: folkmoot / PostgreSQL".to_owned(),
            format!("{} / {}", ms(costs.suite.div_f64(each)), ms(costs.postgres.div_f64(each))),
        ),
        (
            "… write-ahead log of one with its email".to_owned(),
            format!("{:.1} kB", costs.wal / each / 1000.0),
        ),
        (
            "PostgreSQL alone: transactions of two inserts, 8 clients".to_owned(),
            format!("{inserts:.0}/s"),
        ),
        (
            "… signatures of the closed loop for each".to_owned(),
            format!("{:.2}", closed.rate() / inserts),
        ),
    ])
}

/// One signature by a new person.
pub(crate) async fn sign(driver: &Driver, series: &str, number: u32) -> anyhow::Result<()> {
    let mut action = Driver::action(&address(series, number), &format!("Pat Number {number}"));
    let postcode = usize::try_from(number)? % POSTCODES.len();
    if let (Some(field), Some(postcode)) = (action.get_mut("postcode"), POSTCODES.get(postcode)) {
        *field = (*postcode).into();
    }
    let answer = driver.act(&action).await?;
    ensure!(answer.status == 202, "{} {}", answer.status, answer.text);
    Ok(())
}

/// The address of a person of the load.
pub(crate) fn address(series: &str, number: u32) -> String {
    format!("{series}-{number}@example.org")
}

/// Emails caught so far.
pub(crate) fn caught(bench: &Bench) -> anyhow::Result<usize> {
    let entries = fs::read_dir(bench.suite.dir.join("mail"))?;
    Ok(entries.flatten().filter(|e| e.path().extension().is_some_and(|x| x == "eml")).count())
}

/// Waits until `wanted` more emails than `before` were caught; returns how long it took.
pub(crate) fn emails(bench: &Bench, before: usize, wanted: u32) -> anyhow::Result<String> {
    let (started, wanted) = (Instant::now(), before + usize::try_from(wanted)?);
    while caught(bench)? < wanted {
        if started.elapsed() > EMAILS_WITHIN {
            return Ok(format!(
                "{} emails missing after {EMAILS_WITHIN:?}",
                wanted - caught(bench)?
            ));
        }
        xtask::wait::pause();
    }
    Ok(format!("{:.1} s", started.elapsed().as_secs_f64()))
}
