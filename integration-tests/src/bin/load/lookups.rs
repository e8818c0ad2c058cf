//! Postcode look-ups, asked of the service itself and through the gateway, in a scattered order over the whole directory.

use std::{fmt::Write as _, fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use integration_tests::places;
use jsonwebtoken::EncodingKey;
use kit::auth::{self, Claims};
use postcodes::dataset::image::Dataset;

use crate::{Bench, Row, generator, ms};

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

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let file = places::setting("FOLKMOOT_BENCH_POSTCODES")?;
    let asked = postcodes(Path::new(&file))?;
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
    let mut rows = Vec::new();
    for target in [direct, through] {
        rows.extend(measure(bench, &target, &asked)?);
    }
    Ok(rows)
}

fn measure(bench: &Bench, target: &Target, asked: &[String]) -> anyhow::Result<Vec<Row>> {
    let time = bench.time.min(AT_MOST);
    let wrk = Command::new("wrk").arg("--version").output().is_ok();
    let (rate, p99, failed) = if wrk {
        with_wrk(bench, target, asked, time)?
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

fn postcodes(file: &Path) -> anyhow::Result<Vec<String>> {
    let dataset = Dataset::load(file)?;
    let all: Vec<String> = dataset.entries().map(|entry| entry.postcode().to_string()).collect();
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
        exp: now + auth::MAX_TOKEN_SECONDS,
        iat: now,
        tenant: None,
        scope: String::new(),
        actor_kind: "service".to_owned(),
    };
    auth::sign(&claims, &auth::workload_kid("campaigns"), &EncodingKey::from_ed_der(&der))
}

type Told = (String, String, String);

fn ourselves(bench: &Bench, target: &Target, asked: &[String], time: Duration) -> Told {
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

fn with_wrk(
    bench: &Bench,
    target: &Target,
    asked: &[String],
    time: Duration,
) -> anyhow::Result<Told> {
    let script = bench.suite.dir.join("look-ups.lua");
    fs::write(&script, lua(target, asked)?)?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "--latency", &format!("-c{CONNECTIONS}"), &format!("-d{}s", time.as_secs())]);
    let output =
        wrk.arg("-s").arg(&script).arg(&target.base).output().context("failed to run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "wrk failed: {text}");
    let word = |beginning: &str| {
        let line = text.lines().map(str::trim).find(|line| line.starts_with(beginning))?;
        line.split_whitespace().last().map(str::to_owned)
    };
    let rate = word("Requests/sec:").with_context(|| text.clone())?;
    let p99 = word("99%").with_context(|| text.clone())?;
    let (refused, broken) = (word("Non-2xx"), word("Socket errors"));
    let failed = [refused, broken.map(|count| format!("{count} (sockets)"))];
    let failed: Vec<String> = failed.into_iter().flatten().collect();
    let failed = if failed.is_empty() { "0".to_owned() } else { failed.join(", ") };
    Ok((rate.split('.').next().unwrap_or_default().to_owned(), p99, failed))
}

/// The script: every request made once, before the load begins.
fn lua(target: &Target, asked: &[String]) -> anyhow::Result<String> {
    let mut script = String::from("local asked = {\n");
    for postcode in asked {
        writeln!(script, "'{}{postcode}{}',", target.path.0, target.path.1)?;
    }
    writeln!(script, "}}\nlocal headers = {{authorization = 'Bearer {}'}}", target.token)?;
    script.push_str(
        "local requests, last = {}, 0\n\
         function init()\n\
           for at, path in ipairs(asked) do requests[at] = wrk.format('GET', path, headers) end\n\
         end\n\
         function request()\n\
           last = last % #requests + 1\n\
           return requests[last]\n\
         end\n",
    );
    Ok(script)
}
