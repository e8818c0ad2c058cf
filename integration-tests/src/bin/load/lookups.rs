//! Postcode look-ups, asked of the service itself and through the gateway, in a scattered order over the whole directory.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use integration_tests::places;
use jsonwebtoken::EncodingKey;
use kit::auth::{
    claims::{self, Claims},
    workload,
};
use postcodes::dataset::image::{Dataset, Entry};

use crate::{Bench, Row, generator, ms, wrk};

const CONNECTIONS: u32 = 16;
/// Tokens live 60 s at most.
const AT_MOST: Duration = Duration::from_secs(20);
/// Different postcodes asked for.
const ASKED: usize = 20_000;
/// Prime to the number of postcodes, so that no two asked for are near each other in memory.
const STRIDE: usize = 1_299_709;

struct Target {
    label: &'static str,
    base: String,
    /// Around the postcode.
    path: (&'static str, &'static str),
    token: String,
}

impl Target {
    fn requests(&self, asked: &[String]) -> Vec<wrk::Request> {
        let request = |postcode: &String| {
            let path = format!("{}{postcode}{}", self.path.0, self.path.1);
            wrk::Request::get(path, Some(&self.token))
        };
        asked.iter().map(request).collect()
    }
}

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let file = places::setting("FOLKMOOT_BENCH_POSTCODES")?;
    let asked = postcodes(Path::new(&file))?;
    let mut rows = Vec::new();
    for target in targets(bench)? {
        rows.extend(measure(bench, &target, &asked)?);
    }
    Ok(rows)
}

/// Responses of the service itself, each second.
pub(crate) fn direct_rate(bench: &Bench, asked: &[String], time: Duration) -> anyhow::Result<f64> {
    let [direct, _through] = targets(bench)?;
    rate(bench, &direct, asked, time)
}

/// Responses through the gateway, each second.
pub(crate) fn gateway_rate(bench: &Bench, asked: &[String], time: Duration) -> anyhow::Result<f64> {
    let [_direct, through] = targets(bench)?;
    rate(bench, &through, asked, time)
}

fn rate(bench: &Bench, target: &Target, asked: &[String], time: Duration) -> anyhow::Result<f64> {
    let done = wrk::run(bench, &target.base, CONNECTIONS, time, &target.requests(asked))?;
    ensure!(done.failed == "0", "look-ups failed: {}", done.failed);
    Ok(f64::from(u32::try_from(done.rate)?))
}

fn targets(bench: &Bench) -> anyhow::Result<[Target; 2]> {
    let direct = Target {
        label: "of the service itself, as campaigns asks",
        base: bench.suite.setting("FOLKMOOT_POSTCODES_URL").to_owned(),
        path: ("/internal/v1/postcodes/", "/place"),
        token: workload(bench)?,
    };
    let through = Target {
        label: "through the gateway with a secret key",
        base: bench.driver.gateway.clone(),
        path: ("/v1/geo/postcodes/", ""),
        token: bench.driver.secret.clone(),
    };
    Ok([direct, through])
}

fn measure(bench: &Bench, target: &Target, asked: &[String]) -> anyhow::Result<Vec<Row>> {
    let time = bench.time.min(AT_MOST);
    let wrk = Command::new("wrk").arg("--version").output().is_ok();
    let (rate, p99, failed) = if wrk {
        let done = wrk::run(bench, &target.base, CONNECTIONS, time, &target.requests(asked))?;
        (done.rate.to_string(), done.p99, done.failed)
    } else {
        ourselves(bench, target, asked, time)
    };
    let by = if wrk { "wrk" } else { "our own generator" };
    Ok(vec![
        (
            format!("Postcode look-ups {} ({CONNECTIONS} connections, {by})", target.label),
            format!("{rate}/s"),
        ),
        ("… p99".to_owned(), p99),
        ("… refused or failed".to_owned(), failed),
    ])
}

/// Postcodes of the file, in a scattered order, as a path has them.
pub(crate) fn postcodes(file: &Path) -> anyhow::Result<Vec<String>> {
    let dataset = Dataset::load(file)?;
    // Where the directory distinguishes them, only those in use: the others get a short refusal.
    let live = dataset.entries().filter(Entry::is_live);
    let all: Vec<String> = live.map(|entry| entry.postcode().to_string()).collect();
    ensure!(!all.is_empty(), "the file holds no postcodes");
    let picked = (0..ASKED).filter_map(|number| all.get(number * STRIDE % all.len()));
    Ok(picked.map(|postcode| postcode.replace(' ', "%20")).collect())
}

/// A credential of `campaigns`, as it would sign one for itself.
fn workload(bench: &Bench) -> anyhow::Result<String> {
    let der = STANDARD.decode(bench.suite.setting("FOLKMOOT_CAMPAIGNS_WORKLOAD_KEY").trim())?;
    let now = kit::clock::Clock::default().now().timestamp();
    let claims = Claims {
        iss: "campaigns".to_owned(),
        sub: "campaigns".to_owned(),
        aud: "postcodes".to_owned(),
        exp: now + claims::MAX_TOKEN_SECONDS,
        iat: now,
        jti: kit::id::Ids.next(),
        client_id: "campaigns".to_owned(),
        tenant: None,
        scope: String::new(),
        actor_kind: "service".to_owned(),
        test: false,
    };
    claims::sign(&claims, &workload::workload_kid("campaigns"), &EncodingKey::from_ed_der(&der))
}

type Figures = (String, String, String);

fn ourselves(bench: &Bench, target: &Target, asked: &[String], time: Duration) -> Figures {
    let ask = async |number: u32| {
        let at = usize::try_from(number)? % asked.len();
        let postcode = asked.get(at).context("no postcode")?;
        let url = format!("{}{}{postcode}{}", target.base, target.path.0, target.path.1);
        let request = bench.driver.http.get(url).bearer_auth(&target.token);
        let answer = bench.driver.send(request).await?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text);
        Ok(())
    };
    let figures = bench.runtime.block_on(generator::closed(time, CONNECTIONS, ask));
    (format!("{:.0}", figures.rate()), ms(figures.within(99)), figures.failures())
}
