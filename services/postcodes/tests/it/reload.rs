//! Files replaced while requests are answered, and the switch for Northern Ireland.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use contracts::scopes;
use kit::service::Service as _;
use postcodes::Postcodes;
use postcodes::dataset::builder::{Builder, Names, Row};
use postcodes::dataset::kind::Kind;
use serde_json::Value;
use testkit::app::TestApp;
use testkit::caller::Caller;
use tokio::task::JoinSet;

use crate::support::{self, postcode};

/// Callers at once, and swaps under their requests.
const CALLERS: usize = 8;
const SWAPS: u32 = 6;

/// Writes a directory whose district has this name; the file is replaced at once, as an import does it.
fn write(out: &Path, district: &str) {
    let mut builder = Builder::new().unwrap();
    for (text, degrees) in [("OX4 1AA", (-1.2165, 51.752)), ("BT1 1AA", (-5.92, 54.602))] {
        builder.push(&Row {
            postcode: postcode(text),
            grid: None,
            degrees: Some(degrees),
            quality: None,
            introduced: None,
            terminated: None,
            areas: &[(Kind::District, "E07000178")],
        });
    }
    let names = [("E07000178".to_owned(), district.to_owned())].into();
    builder.write(support::about(), &Names::from([(Kind::District, names)]), out).unwrap();
}

struct Bench {
    app: TestApp<Postcodes>,
    caller: Caller,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postcodes.bin");
        let mut all = vec![("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap())];
        all.extend(settings);
        write(&file, "0");
        let app = support::start_with(&all).await;
        let caller = app.caller(&[scopes::GEO_READ]);
        Self { app, caller, file, _folder: folder }
    }

    async fn refresh(&self) {
        self.app.run_job("refresh").await.unwrap();
    }

    async fn district(&self) -> Value {
        let answer = self.caller.get("/v1/geo/postcodes/OX41AA").await;
        answer.json()["result"]["admin_district"].clone()
    }

    async fn note(&self) -> Value {
        self.caller.get("/v1/geo/datasets").await.json()["note"].clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_swapped_under_requests_and_none_is_dropped() {
    let bench = Bench::start(&[]).await;
    let (done, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (caller, done, asked) = (bench.caller.clone(), done.clone(), asked.clone());
        callers.spawn(async move {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let answer = caller.get("/v1/geo/postcodes/OX41AA").await;
                assert_eq!(answer.status, 200, "{}", answer.text);
                let district = answer.json()["result"]["admin_district"].clone();
                let district: u32 = district.as_str().unwrap().parse().unwrap();
                assert!(district >= last, "an older edition after a newer one");
                last = district;
                asked.fetch_add(1, Ordering::Relaxed);
            }
            assert_eq!(last, SWAPS);
        });
    }
    for swap in 1..=SWAPS {
        let before = asked.load(Ordering::Relaxed);
        write(&bench.file, &swap.to_string());
        bench.refresh().await;
        testkit::wait::eventually("requests go on", async || {
            (asked.load(Ordering::Relaxed) > before + 50).then_some(())
        })
        .await;
        assert_eq!(bench.district().await, swap.to_string());
    }
    done.store(true, Ordering::Relaxed);
    callers.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_or_missing_file_leaves_the_old_one_in_use_and_says_so() {
    let bench = Bench::start(&[]).await;
    assert_eq!((bench.district().await, bench.note().await), ("0".into(), Value::Null));
    let valid = std::fs::read(&bench.file).unwrap();
    std::fs::write(&bench.file, &valid[..valid.len() - 1]).unwrap();
    bench.refresh().await;
    assert_eq!(bench.district().await, "0");
    let note = bench.note().await;
    assert!(note.as_str().unwrap().starts_with("the previous file is in use: "), "{note}");
    let (status, ready) = bench.app.readiness().await;
    assert_eq!((status, &ready["degraded"]), (200, &serde_json::json!(["directory"])));
    let detail = ready["checks"]["directory"]["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("the previous file is in use") && detail.contains("is damaged"),
        "{detail}"
    );
    std::fs::remove_file(&bench.file).unwrap();
    bench.refresh().await;
    assert_eq!(bench.district().await, "0");
    write(&bench.file, "1");
    bench.refresh().await;
    assert_eq!((bench.district().await, bench.note().await), ("1".into(), Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_waits_for_its_directory_becomes_ready_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("postcodes.bin");
    let app = support::start_with(&[("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap())]).await;
    assert_eq!(app.readiness().await.0, 503);
    write(&file, "1");
    app.run_job("refresh").await.unwrap();
    assert_eq!(app.readiness().await.0, 200);
    assert_eq!(Postcodes::jobs().names(), ["refresh"], "it looks by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn northern_ireland_can_be_left_out_of_every_answer() {
    let included = Bench::start(&[]).await;
    let excluded = Bench::start(&[("FOLKMOOT_POSTCODES_NORTHERN_IRELAND", "exclude")]).await;
    let near = "/v1/geo/postcodes?lon=-5.92&lat=54.602";
    for (bench, there) in [(&included, true), (&excluded, false)] {
        let get = async |path: &str| bench.caller.get(path).await;
        assert_eq!(get("/v1/geo/postcodes/BT11AA").await.status == 200, there);
        assert_eq!(get("/v1/geo/postcodes/BT11AA/validate").await.json()["result"], there);
        assert_eq!(get(near).await.json()["result"].is_array(), there);
        assert_eq!(get("/v1/geo/outcodes/BT1").await.status == 200, there);
        assert_eq!(
            get("/v1/geo/postcodes/BT1/autocomplete").await.json()["result"].is_array(),
            there
        );
        assert_eq!(
            get("/v1/geo/random/postcodes?outcode=BT1").await.json()["result"].is_object(),
            there
        );
        assert_eq!(get("/v1/geo/postcodes/OX41AA").await.status, 200);
        assert_eq!(
            get("/v1/geo/postcodes/OX4/autocomplete").await.json()["result"],
            serde_json::json!(["OX4 1AA"])
        );
        let dataset = get("/v1/geo/datasets").await.json()["data"][0].clone();
        assert_eq!(
            (&dataset["northern_ireland"], &dataset["count"]),
            (&there.into(), &(1 + i32::from(there)).into())
        );
    }
}
