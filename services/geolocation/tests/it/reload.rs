//! Files that change while requests read them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contracts::scopes;
use geolocation::Geolocation;
use geolocation::gazetteer::file;
use testkit::app::TestApp;

use crate::lookup::town;
use crate::places;
use crate::support::{boot, put, replace};

const JOB: &str = "databases.reload";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_is_taken_over_under_traffic_and_no_request_is_lost() {
    let booted = boot().await;
    let over = Arc::new(AtomicBool::new(false));
    let asking = (0..4).map(|_| {
        let (caller, over) = (booted.app.caller(&[scopes::GEO_READ]), over.clone());
        async move {
            let mut asked = 0_u32;
            while !over.load(Ordering::Relaxed) {
                let answer = caller.get("/v1/geo/ip/81.2.69.142").await;
                let city = answer.json()["city"].as_str().map(str::to_owned);
                assert!(matches!(city.as_deref(), Some("Oxford" | "Leeds")), "{}", answer.text);
                asked += 1;
            }
            asked
        }
    });
    let changing = async {
        for round in 0..20 {
            let name = if round % 2 == 0 { "Leeds" } else { "Oxford" };
            put(&booted.database, "Folkmoot-City", &[("81.2.0.0/16", town(name))]);
            booted.app.run_job(JOB).await.unwrap();
            let city = booted.app.caller(&[scopes::GEO_READ]).get("/v1/geo/ip/81.2.1.1").await;
            assert_eq!(city.json()["city"], name);
        }
        over.store(true, Ordering::Relaxed);
    };
    let (asked, ()) = tokio::join!(futures_util::future::join_all(asking), changing);
    assert!(asked.iter().all(|asked| *asked > 0), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_or_missing_file_leaves_the_old_data_serving_and_a_mended_one_is_taken() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    let valid = std::fs::read(&booted.database).unwrap();
    for broken in [&b""[..], b"no database", &valid[..valid.len() / 2]] {
        replace(&booted.database, broken);
        booted.app.run_job(JOB).await.unwrap();
        assert_eq!(caller.get("/v1/geo/ip/81.2.69.142").await.json()["city"], "Oxford");
        let (status, ready) = booted.app.readiness().await;
        assert_eq!((status, &ready["checks"]["data"]["status"]), (200, &"degraded".into()));
    }
    std::fs::remove_file(&booted.database).unwrap();
    booted.app.run_job(JOB).await.unwrap();
    assert_eq!(caller.get("/v1/geo/ip/81.2.69.142").await.json()["city"], "Oxford");
    put(&booted.database, "Folkmoot-City", &[("81.2.0.0/16", town("Leeds"))]);
    booted.app.run_job(JOB).await.unwrap();
    assert_eq!(caller.get("/v1/geo/ip/81.2.69.142").await.json()["city"], "Leeds");
    let (_, ready) = booted.app.readiness().await;
    assert_eq!(ready["checks"]["data"]["status"], "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_places_are_taken_over_and_broken_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.bin");
    places::write(&path);
    let settings = [("FOLKMOOT_GEOLOCATION_PLACES", path.to_str().unwrap())];
    let app = TestApp::<Geolocation>::start(&settings).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let found = async || {
        app.run_job("places.reload").await.unwrap();
        let answer = caller.get("/v1/geo/search?q=Oxford").await.json();
        answer["features"][0]["properties"]["name"].as_str().map(str::to_owned)
    };
    assert_eq!(found().await.as_deref(), Some("Oxford"));
    let mut contents = places::contents();
    contents.places[0].name = "New Oxford".to_owned();
    contents.places[0].other_names = vec!["Oxford".to_owned()];
    file::write(&path, &contents).unwrap();
    assert_eq!(found().await.as_deref(), Some("New Oxford"));
    replace(&path, b"no places");
    assert_eq!(found().await.as_deref(), Some("New Oxford"));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(found().await.as_deref(), Some("New Oxford"));
}
