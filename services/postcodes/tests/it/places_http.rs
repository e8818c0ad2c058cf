//! Places and Scottish postcodes over HTTP, as postcodes.io answers them.

use contracts::scopes;
use postcodes::Postcodes;
use postcodes::import::{self, Base, Request, open_names};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::app::TestApp;
use testkit::caller::Caller;

use crate::{places::own_file, support};

struct Bench {
    app: TestApp<Postcodes>,
    caller: Caller,
    _folder: TempDir,
}

impl Bench {
    async fn start(places: impl FnOnce(&TempDir) -> std::path::PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (file, places) = (support::write_small(&folder), places(&folder));
        let app = support::start_with(&[
            ("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap()),
            ("FOLKMOOT_POSTCODES_PLACES", places.to_str().unwrap()),
        ])
        .await;
        Self { caller: app.caller(&[]).anonymous(), app, _folder: folder }
    }

    async fn names(&self, query: &str) -> Vec<String> {
        let answer = self.caller.get(&format!("/places?{query}")).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
        let name = |place: &Value| place["name_1"].as_str().unwrap().to_owned();
        answer.json()["result"].as_array().unwrap().iter().map(name).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_are_found_by_name_code_and_lot() {
    let bench = Bench::start(own_file).await;
    assert_eq!(bench.names("q=on%20the%20moor").await, ["Newton-on-the-Moor"]);
    assert_eq!(bench.names("query=KINGS").await, ["King's Lynn"]);
    assert_eq!(bench.names("q=%20").await, [""; 0]);
    assert_eq!(bench.names("q=nowhere").await, [""; 0]);
    let get = async |path: &str| bench.caller.get(path).await;
    let lynn = get("/places/OSGB4000000000000002").await.json();
    assert_eq!((&lynn["status"], &lynn["result"]["outcode"]), (&json!(200), &json!("PE30")));
    assert_eq!(lynn["result"].as_object().unwrap().len(), 21);
    assert!(get("/random/places").await.json()["result"]["code"].is_string());
    for (path, status, error) in [
        ("/places/foo", 404, "Place not found"),
        ("/places", 400, "No valid query submitted. Remember to include every parameter"),
        ("/places?q=", 400, "No valid query submitted. Remember to include every parameter"),
    ] {
        let answer = get(path).await;
        assert_eq!(answer.json(), json!({"status": status, "error": error}), "{path}");
        assert_eq!(i32::from(answer.status), status);
    }
    let script = get("/places?q=kings&callback=found").await;
    assert!(script.text.starts_with("/**/ typeof found === 'function' && found({\"status\":200"));
    let datasets = bench.app.caller(&[scopes::GEO_READ]).get("/v1/geo/datasets").await.json();
    assert_eq!(
        (&datasets["data"][2]["kind"], &datasets["data"][2]["count"]),
        (&json!("places"), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_the_real_tile_are_those_of_postcodes_io() {
    let Some(data) = testkit::real_data("limits_of_the_real_tile_are_those_of_postcodes_io") else {
        return;
    };
    let bench = Bench::start(|folder| {
        let out = folder.path().join("places.bin");
        open_names::import(&data.join("onspd/HY20.csv"), &out, &mut |_| {}).unwrap();
        out
    })
    .await;
    for (query, count) in [
        ("q=b", 10),
        ("q=b&limit=1", 1),
        ("q=b&l=1", 1),
        ("q=b&limit=foo", 10),
        ("q=b&l=0", 10),
        ("q=b&limit=-3", 10),
        ("q=b&limit=2x", 2),
        ("q=b&limit=1000", 10),
    ] {
        assert_eq!(bench.names(query).await.len(), count, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_places_only_their_own_routes_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[]).anonymous();
    assert_eq!(caller.get("/places?q=a").await.status, 503);
    assert_eq!(caller.get("/postcodes/OX41AA").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scottish_postcode_has_its_constituency_and_others_are_distinguished() {
    let Some(data) =
        testkit::real_data("a_scottish_postcode_has_its_constituency_and_others_are_distinguished")
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("onspd.csv");
    let rows = "pcds,doterm,lad25cd,pcon24cd,east1m,north1m,lat,long\n\
        G13 3AE,,S12000049,S14000085,252241,668669,55.888427,-4.364124\n\
        M1 1AA,199606,E08000003,E14001346,384647,398219,53.4806,-2.2329\n\
        OX4 1AA,,E07000178,E14001419,453540,205000,51.752,-1.2165\n";
    std::fs::write(&csv, rows).unwrap();
    let file = folder.path().join("postcodes.bin");
    let mut request = Request::new(Base::Onspd(csv), &file);
    request.scottish =
        ["LargeUser.csv", "SmallUser.csv"].map(|name| data.join("onspd").join(name)).into();
    request.names = Some(data.join("names"));
    import::run(&request, &mut |_| {}).unwrap();
    let app = support::start_with(&[("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap())]).await;
    let caller = app.caller(&[]).anonymous();
    let found = caller.get("/scotland/postcodes/g133ae").await.json()["result"].clone();
    assert_eq!(found["postcode"], "G13 3AE");
    assert_eq!(found["codes"]["scottish_parliamentary_constituency"], "S16000115");
    // The fields of version 20; what is not known of them is null.
    assert_eq!(found.as_object().unwrap().len(), 70);
    assert_eq!(found["codes"].as_object().unwrap().len(), 31);
    assert_eq!(
        (&found["pc_compact"], &found["postcode_sector"]),
        (&json!("G133AE"), &json!("G13 3"))
    );
    assert_eq!((&found["eastings"], &found["locality"]), (&json!(252_241), &Value::Null));
    assert_eq!(found["codes"]["council_area"], "S12000049");
    assert_eq!(found["codes"]["uk_parliamentary_constituency"], "S14000085");
    for (text, error) in [
        ("nonsense", "Invalid postcode"),
        ("ZE1 0AA", "Postcode not found"),
        ("M1 1AA", "Postcode not found"),
        ("OX4 1AA", "Postcode exists in ONSPD but not in SPD"),
    ] {
        let answer = caller.get(&format!("/scotland/postcodes/{}", text.replace(' ', "%20"))).await;
        assert_eq!(answer.json(), json!({"status": 404, "error": error}), "{text}");
    }
}
