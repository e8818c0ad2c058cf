//! Confirmations: from the press of the button to the representative's email on the catcher's disk.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, ensure};
use integration_tests::driver::{Answer, Driver};

use crate::{Bench, Row, generator, ms, signatures};

const RATE: u32 = 50;
const CONNECTIONS: u32 = 16;
/// Longest time of confirming: each confirmation needs a link, which is made at the same rate before.
const AT_MOST: Duration = Duration::from_secs(30);
const SERIES: &str = "confirm";

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let time = bench.time.min(AT_MOST);
    let pages = pages(bench, time)?;
    let before = signatures::caught(bench)?;
    let pressed: RefCell<BTreeMap<String, SystemTime>> = RefCell::default();
    let driver = Driver::of(&bench.suite)?;
    let press = async |number| {
        let address = signatures::address(SERIES, number);
        let (link, page) = pages.get(&address).context("no link came")?;
        pressed.borrow_mut().insert(address, SystemTime::now());
        let answer = driver.press(link, page).await?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text);
        Ok(())
    };
    let figures = bench.runtime.block_on(generator::open(RATE, time, CONNECTIONS, press));
    let waited = signatures::emails(bench, before, figures.accepted)?;
    let times = times(bench, &pressed.take())?;
    let within = |percent| ms(generator::percentile(&times, percent));
    Ok(vec![
        (
            format!(
                "Confirmations at {RATE}/s for {} s: the page responds, p50 / p99",
                time.as_secs()
            ),
            format!("{} / {}", ms(figures.within(50)), ms(figures.within(99))),
        ),
        ("… refused or failed".to_owned(), figures.failures()),
        (
            "… from the press to the representative's email on disk, p50 / p99".to_owned(),
            format!("{} / {}", within(50), within(99)),
        ),
        (
            "… messages handed over".to_owned(),
            format!("{} of {}, the last {waited} after the load", times.len(), figures.accepted),
        ),
    ])
}

/// Signs at the same rate as links are needed, and opens those of the confirmation emails.
fn pages(bench: &Bench, time: Duration) -> anyhow::Result<BTreeMap<String, (String, Answer)>> {
    let before = signatures::caught(bench)?;
    let driver = Driver::of(&bench.suite)?;
    let sign = async |number| signatures::sign(&driver, SERIES, number).await;
    let signed = bench.runtime.block_on(generator::open(RATE, time, CONNECTIONS, sign));
    signatures::emails(bench, before, signed.accepted)?;
    let emails = bench.driver.emails()?;
    bench.runtime.block_on(async {
        let mut pages = BTreeMap::new();
        for (mail, link) in emails.iter().filter_map(|mail| Some((mail, mail.link()?))) {
            let page = driver.open(&link).await?;
            pages.insert(mail.to.clone(), (link, page));
        }
        Ok(pages)
    })
}

/// How long each message took from the press of the button to the catcher's disk.
fn times(bench: &Bench, pressed: &BTreeMap<String, SystemTime>) -> anyhow::Result<Vec<Duration>> {
    let emails = bench.driver.emails()?;
    let of = |mail: &integration_tests::mailbox::Mail| {
        let pressed = pressed.get(mail.reply_to.as_ref()?)?;
        Some(mail.caught.duration_since(*pressed).unwrap_or_default())
    };
    Ok(emails.iter().filter_map(|mail| of(mail)).collect())
}
