//! Tries: one person each, of one of three kinds that differ in nothing but what the organisation knows of them.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use futures_util::future::join_all;
use integration_tests::{driver::Driver, random::Random};
use serde_json::json;
use tokio::time::sleep;

/// The demo's.
const CAMPAIGN: &str = include_str!("../../../../services/suite/demo/campaign.json");
/// How people sign before the tries.
const PREPARING: Pace = Pace { connections: 16, pause: Duration::ZERO };

/// How fast people sign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// So many sign at once, each on a connection of its own.
    pub(crate) connections: usize,
    /// Between two on one connection.
    pub(crate) pause: Duration,
}

/// What the organisation knows of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    New,
    /// They signed another campaign.
    Known,
    /// They signed this campaign.
    Repeated,
}

/// A person who signs.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) kind: Kind,
    address: String,
}

/// So many people of each kind, in random order, whose organisation knows them as their kind says.
pub(crate) async fn people(
    driver: &Driver,
    series: &str,
    each: usize,
    random: &mut Random,
) -> anyhow::Result<Vec<Person>> {
    let mut all = Vec::new();
    for number in 0..each {
        // The same length for everybody.
        for (kind, name) in [(Kind::New, "a"), (Kind::Known, "b"), (Kind::Repeated, "c")] {
            all.push(Person { kind, address: format!("{series}-{name}-{number:05}@example.org") });
        }
    }
    random.shuffle(&mut all);
    let mut other = driver.clone();
    other.campaign = campaign(driver).await?;
    for (kind, driver) in [(Kind::Known, &other), (Kind::Repeated, driver)] {
        let some: Vec<Person> = all.iter().filter(|it| it.kind == kind).cloned().collect();
        times(driver, &some, PREPARING).await?;
    }
    Ok(all)
}

/// How long each person's signature took to be accepted.
pub(crate) async fn times(
    driver: &Driver,
    people: &[Person],
    pace: Pace,
) -> anyhow::Result<Vec<Duration>> {
    let (next, times) = (Cell::new(0), RefCell::new(vec![Duration::ZERO; people.len()]));
    let connection = async || {
        while let Some(person) = people.get(next.get()) {
            let number = next.replace(next.get() + 1);
            let action = Driver::action(&person.address, "Pat Person");
            sleep(pace.pause).await;
            let started = Instant::now();
            let answer = driver.act(&action).await?;
            let took = started.elapsed();
            ensure!(answer.status == 202, "{} {}", answer.status, answer.text);
            times.borrow_mut().get_mut(number).into_iter().for_each(|time| *time = took);
        }
        anyhow::Ok(())
    };
    for done in join_all((0..pace.connections).map(|_| connection())).await {
        done?;
    }
    Ok(times.into_inner())
}

/// Another live campaign of the organisation, of the same kind.
async fn campaign(driver: &Driver) -> anyhow::Result<String> {
    let made = driver.post("/v1/campaigns", &serde_json::from_str(CAMPAIGN)?).await?;
    let id = made.json().get("id").and_then(|id| Some(id.as_str()?.to_owned()));
    let id = id.with_context(|| made.text.clone())?;
    let live = driver.post(&format!("/v1/campaigns/{id}/publish"), &json!({})).await?;
    ensure!(live.status == 200, "{} {}", live.status, live.text);
    Ok(id)
}
