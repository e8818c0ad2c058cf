//! The postcodes service alone, in a process of its own: against nginx, many at once, its memory, and a reload under load.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use integration_tests::{places, suite};
use xtask::stack::process::Process;

use crate::{
    Bench, Row, lookups,
    memory::mebibytes,
    nginx::{self, Nginx, Setting},
    wrk::{self, Request},
};

const CONNECTIONS: u32 = 16;
/// Threads of the service and of nginx: the cores of the machine it is measured on.
const WORKERS: u32 = 2;
const AT_MOST: Duration = Duration::from_secs(20);
/// Postcodes of a bulk request.
const BULK: usize = 100;
/// How long a reload may take until it is given up.
const RELOAD: Duration = Duration::from_secs(30);

/// The service.
struct Alone {
    process: Process,
    base: String,
    admin: String,
    file: PathBuf,
    ready_after: Duration,
}

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    nginx::ensure_there()?;
    let file = places::setting("FOLKMOOT_BENCH_POSTCODES")?;
    let asked = lookups::postcodes(Path::new(&file))?;
    let alone = Alone::start(bench, Path::new(&file))?;
    let mut rows = vec![(
        "The postcodes service alone: ready after its start".to_owned(),
        format!("{:.2} s", alone.ready_after.as_secs_f64()),
    )];
    rows.extend(against_nginx(bench, &alone, &asked)?);
    rows.extend(bulk(bench, &alone, &asked)?);
    let idle = mebibytes(alone.process.pid(), "Pss:")?;
    rows.push(("… its memory after the load (PSS)".to_owned(), format!("{idle:.0} MiB")));
    rows.extend(reload(bench, &alone, &asked)?);
    Ok(rows)
}

impl Alone {
    fn start(bench: &Bench, file: &Path) -> anyhow::Result<Self> {
        let own = bench.suite.dir.join("data/alone.bin");
        fs::copy(file, &own)?;
        let listen = format!("127.0.0.1:{}", places::port()?);
        let admin = format!("127.0.0.1:{}", places::port()?);
        let settings = [
            ("FOLKMOOT_POSTCODES_LISTEN", listen.clone()),
            ("FOLKMOOT_POSTCODES_ADMIN_LISTEN", admin.clone()),
            ("FOLKMOOT_POSTCODES_HTTP_WORKERS", WORKERS.to_string()),
            ("FOLKMOOT_POSTCODES_FILE", own.display().to_string()),
        ];
        let started = Instant::now();
        let process = bench.suite.start_beside("postcodes", &settings)?;
        suite::wait("postcodes", || suite::ready(&admin))?;
        let ready_after = started.elapsed();
        Ok(Self { process, base: format!("http://{listen}"), admin, file: own, ready_after })
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.process.stop();
    }
}

/// The full record of one postcode after the other, and the same number of bytes from nginx, one right after the other so
/// that all see the machine alike.
fn against_nginx(bench: &Bench, alone: &Alone, asked: &[String]) -> anyhow::Result<Vec<Row>> {
    let sample = asked.first().context("no postcode")?;
    let body = bench.runtime.block_on(async {
        let answer = bench.driver.http.get(format!("{}/postcodes/{sample}", alone.base)).send();
        answer.await?.text().await
    })?;
    let ours: Vec<Request> =
        asked.iter().map(|postcode| Request::get(format!("/postcodes/{postcode}"), None)).collect();
    let time = bench.time.min(AT_MOST);
    let service = wrk::run(bench, &alone.base, CONNECTIONS, time, &ours)?;
    let mut rows = vec![
        (
            format!("The full record, asked of the service ({CONNECTIONS} connections, wrk)"),
            format!("{}/s", service.rate),
        ),
        ("… p99".to_owned(), service.p99),
        ("… refused or failed".to_owned(), service.failed),
    ];
    for (setting, name) in [
        (Setting::Shipped, "as Debian ships it, with its access log"),
        (Setting::Tuned, "tuned, without a log"),
    ] {
        let nginx = Nginx::start(bench, WORKERS, setting, &body)?;
        // As many different requests, so that `wrk` has the same work; a file is the same whatever the query.
        let theirs: Vec<Request> = asked
            .iter()
            .map(|postcode| Request::get(format!("/body.json?{postcode}"), None))
            .collect();
        let peer = wrk::run(bench, &nginx.base, CONNECTIONS, time, &theirs)?;
        let hundredths = (service.rate * 100).checked_div(peer.rate).unwrap_or(0);
        rows.push((
            format!("nginx with a static body of the same {} bytes, {name}", body.len()),
            format!("{}/s, p99 {}", peer.rate, peer.p99),
        ));
        rows.push((
            "… the service's share of it".to_owned(),
            format!("{}.{:02}", hundredths / 100, hundredths % 100),
        ));
    }
    Ok(rows)
}

fn bulk(bench: &Bench, alone: &Alone, asked: &[String]) -> anyhow::Result<Vec<Row>> {
    let body = |postcodes: &[String]| {
        let postcodes: Vec<String> = postcodes.iter().map(|one| one.replace("%20", " ")).collect();
        serde_json::json!({"postcodes": postcodes}).to_string()
    };
    let requests: Vec<Request> = asked
        .chunks_exact(BULK)
        .map(|postcodes| Request::post("/postcodes", body(postcodes)))
        .collect();
    let load_result =
        wrk::run(bench, &alone.base, CONNECTIONS, bench.time.min(AT_MOST), &requests)?;
    Ok(vec![
        (format!("{BULK} full records in one request"), format!("{}/s", load_result.rate)),
        ("… p99".to_owned(), load_result.p99),
        ("… refused or failed".to_owned(), load_result.failed),
    ])
}

/// Replaces the directory by the same one while requests are answered, and watches the memory until it is in use.
fn reload(bench: &Bench, alone: &Alone, asked: &[String]) -> anyhow::Result<Vec<Row>> {
    let loads = || loads(&alone.admin);
    let before = loads()?;
    let next = alone.file.with_extension("next");
    fs::copy(&alone.file, &next)?;
    let requests: Vec<Request> =
        asked.iter().map(|postcode| Request::get(format!("/postcodes/{postcode}"), None)).collect();
    let time = bench.time.min(AT_MOST);
    std::thread::scope(|scope| {
        let load = scope.spawn(|| wrk::run(bench, &alone.base, CONNECTIONS, time, &requests));
        fs::rename(&next, &alone.file)?;
        let (started, mut most) = (Instant::now(), 0.0_f64);
        while loads()? == before {
            anyhow::ensure!(started.elapsed() < RELOAD, "the new directory was not taken");
            most = most.max(mebibytes(alone.process.pid(), "Pss:")?);
        }
        let load_result = load.join().map_err(|_panic| anyhow::anyhow!("wrk's thread broke"))??;
        Ok(vec![
            (
                "A reload of the whole directory under that load: most memory (PSS)".to_owned(),
                format!("{most:.0} MiB"),
            ),
            ("… refused or failed".to_owned(), load_result.failed),
            ("… p99 of the whole time".to_owned(), load_result.p99),
        ])
    })
}

/// How often a directory was put in use, by the service's own count.
fn loads(admin: &str) -> anyhow::Result<String> {
    let metrics = suite::fetch(admin, "/metrics")?;
    let line = metrics
        .lines()
        .find(|line| line.starts_with("folkmoot_data_loads_total") && line.contains("directory"));
    Ok(line.context("no count of loads")?.to_owned())
}
