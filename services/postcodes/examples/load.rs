//! How many look-ups a second the service answers on this machine, load generator and all: starts it as the suite does,
//! with a token, spans, figures and the log, and lets `wrk` ask for postcodes in a scattered order.
//!
//! `cargo run --release -p postcodes --example load -- postcodes.bin > load.log`; further arguments go to `wrk`.

use std::{fmt::Write as _, path::Path, process::Command};

use anyhow::{Context as _, ensure};
use contracts::scopes;
use kit::{config::Env, id::Ids, telemetry};
use postcodes::{Postcodes, dataset::image::Dataset};
use testkit::app::TestApp;

/// Different postcodes asked for.
const ASKED: usize = 20_000;
/// Prime to the number of postcodes, so that no two asked for are near each other in memory.
const STRIDE: usize = 1_299_709;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("name the file of postcodes")?;
    let telemetry = telemetry::TelemetryConfig::from_env(&mut Env::from_process());
    telemetry::init(&telemetry)?;
    let settings =
        [("FOLKMOOT_POSTCODES_FILE", file.as_str()), ("FOLKMOOT_POSTCODES_HTTP_WORKERS", "2")];
    let app = TestApp::<Postcodes>::start(&settings).await;
    let token = app.fakes.token(&app.clock, "postcodes", Ids.next(), scopes::GEO_READ);
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("ask.lua");
    std::fs::write(&script, ask(Path::new(&file), &token)?)?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t2", "-c64", "-d20s", "--latency"]).args(arguments).arg("-s").arg(script);
    wrk.arg(format!("http://{}", app.running.addr)).stdout(std::io::stderr());
    let status = tokio::task::spawn_blocking(move || wrk.status()).await?;
    ensure!(status.context("failed to run wrk, of the package `wrk`")?.success(), "wrk failed");
    Ok(())
}

/// The script: every request made once, before the load begins.
fn ask(file: &Path, token: &str) -> anyhow::Result<String> {
    let dataset = Dataset::load(file)?;
    let all: Vec<String> = dataset.entries().map(|entry| entry.postcode().to_string()).collect();
    ensure!(!all.is_empty(), "the file holds no postcodes");
    let mut script =
        format!("local headers = {{authorization = 'Bearer {token}'}}\nlocal asked = {{\n");
    for postcode in (0..ASKED).filter_map(|number| all.get(number * STRIDE % all.len())) {
        writeln!(script, "'{}',", postcode.replace(' ', "%20"))?;
    }
    script.push_str(
        "}\nlocal requests, last = {}, 0\n\
         function init()\n\
           for at, postcode in ipairs(asked) do\n\
             requests[at] = wrk.format('GET', '/v1/geo/postcodes/' .. postcode, headers)\n\
           end\n\
         end\n\
         function request()\n\
           last = last % #requests + 1\n\
           return requests[last]\n\
         end\n",
    );
    Ok(script)
}
