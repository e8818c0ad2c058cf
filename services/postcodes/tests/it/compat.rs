//! The surface of postcodes.io on its original paths, without a token, on the real extract: records, orders, distances and
//! errors as its own documents and tests have them.

use std::path::PathBuf;

use postcodes::Postcodes;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::app::TestApp;
use testkit::caller::{Caller, Response};

use crate::support;

/// The service on the real extract, and a caller without a token.
pub(crate) struct Public {
    pub(crate) caller: Caller,
    _app: TestApp<Postcodes>,
    _folder: TempDir,
}

impl Public {
    pub(crate) async fn start(data: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postcodes.bin");
        let csv = data.join("onspd/ab_2025-09.csv");
        let names = data.join("names");
        support::import_onspd(&csv, Some(&names), &file);
        let app = support::start_with(&[("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap())]).await;
        Self { caller: app.caller(&[]).anonymous(), _app: app, _folder: folder }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.caller.get(path).await
    }

    pub(crate) async fn result(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let mut body = answer.json();
        assert_eq!(body["status"], 200);
        body["result"].take()
    }

    pub(crate) async fn postcodes(&self, path: &str) -> Vec<String> {
        let result = self.result(path).await;
        let of = |item: &Value| item["postcode"].as_str().or(item.as_str()).unwrap().to_owned();
        result.as_array().unwrap_or_else(|| panic!("{path}: {result}")).iter().map(of).collect()
    }

    pub(crate) async fn refused(&self, path: &str, status: u16, error: &str) {
        let answer = self.get(path).await;
        assert_eq!(answer.json(), json!({"status": status, "error": error}), "{path}");
        assert_eq!(answer.status, status, "{path}");
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.caller.post(path, body).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text);
        answer.json()["result"].take()
    }
}

/// A started service, or nothing where the shared data is not there.
macro_rules! public {
    ($test:literal) => {
        match testkit::real_data($test) {
            Some(data) => Public::start(data).await,
            None => return,
        }
    };
}

pub(crate) use public;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_come_in_the_order_and_with_the_space_of_postcodes_io() {
    let public = public!("searches_come_in_the_order_and_with_the_space_of_postcodes_io");
    for (text, found) in [
        ("M1", vec!["M1 1AD", "M11 1AA"]),
        ("M1%20", vec!["M1 1AD", "M11 1AA"]),
        ("M1%201", vec!["M1 1AD", "M11 1AA"]),
        ("M11", vec!["M11 1AA"]),
        ("m11%20", vec!["M11 1AA"]),
        ("SE1", vec!["SE1 2DL", "SE1P 5ZZ"]),
        ("SE1%202", vec!["SE1 2DL"]),
        ("SE1P", vec!["SE1P 5ZZ"]),
        ("ab101ab", vec!["AB10 1AB"]),
        ("AB10%201AB", vec!["AB10 1AB"]),
    ] {
        assert_eq!(public.postcodes(&format!("/postcodes?q={text}")).await, found, "{text}");
        let completed = public.postcodes(&format!("/postcodes/{text}/autocomplete")).await;
        assert_eq!(completed, found, "{text}");
    }
    for text in ["A0", "AA1", "AA1%209", "ZZ", "%C3%89", "M1-1", &"A".repeat(2_000)] {
        assert_eq!(public.result(&format!("/postcodes?query={text}")).await, Value::Null, "{text}");
    }
    for (limit, count) in [("", 10), ("25", 25), ("101", 100), ("0", 10), ("-1", 10), ("x", 10)] {
        let path = format!("/postcodes/AB1/autocomplete?limit={limit}");
        assert_eq!(public.postcodes(&path).await.len(), count, "{limit}");
    }
    let words = "No postcode query submitted. Remember to include query parameter";
    for path in ["/postcodes", "/postcodes?q=", "/postcodes?q=%20", "/postcodes?lon=1"] {
        public.refused(path, 400, words).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn distances_are_those_of_the_sphere_and_order_by_distance_then_postcode() {
    let public = public!("distances_are_those_of_the_sphere_and_order_by_distance_then_postcode");
    let near = public.result("/postcodes?lon=-2.097&lat=57.148&radius=50").await;
    let far = |postcode: &str| {
        let found = near.as_array().unwrap().iter().find(|item| item["postcode"] == postcode);
        found.unwrap_or_else(|| panic!("{postcode} in {near}"))["distance"].as_f64().unwrap()
    };
    assert!((far("AB10 1AS") - 17.852_553_732).abs() < 1e-6, "{}", far("AB10 1AS"));
    // Published with 31.78 m, from a later position of this postcode than the extract's.
    assert!((far("AB12 9SD") - 33.411_406_367).abs() < 1e-6, "{}", far("AB12 9SD"));
    let order: Vec<(f64, &str)> = near.as_array().unwrap().iter().map(key).collect();
    assert!(order.is_sorted_by(|one, other| one <= other), "{order:?}");
    for path in [
        "/postcodes/lon/-2.097/lat/57.148?radius=50",
        "/postcodes/lat/57.148/lon/-2.097?radius=50",
        "/postcodes?longitude=-2.097&latitude=57.148&radius=50",
    ] {
        assert_eq!(public.result(path).await, near, "{path}");
    }
}

fn key(item: &Value) -> (f64, &str) {
    (item["distance"].as_f64().unwrap(), item["postcode"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nearest_postcodes_have_the_limits_of_postcodes_io_and_the_wide_search() {
    let public = public!("nearest_postcodes_have_the_limits_of_postcodes_io_and_the_wide_search");
    let count = async |path: &str| public.result(path).await.as_array().map_or(0, Vec::len);
    let here = "/postcodes/AB10%201AB/nearest";
    assert_eq!(public.postcodes(here).await.first().map(String::as_str), Some("AB10 1AB"));
    assert_eq!(count(&format!("{here}?radius=2000")).await, 10);
    assert_eq!(count(&format!("{here}?radius=99999&limit=999")).await, 100);
    assert_eq!(public.result(&format!("{here}?limit=0")).await, Value::Null);
    // In the hills, far from any postcode.
    let hills = "/postcodes?lon=-2.9&lat=57.25";
    assert_eq!(public.result(hills).await, Value::Null);
    assert_eq!(public.result(&format!("{hills}&radius=2000")).await, Value::Null);
    assert_eq!(public.result("/postcodes?lon=1.0&lat=51.0&widesearch=true").await, Value::Null);
    let wide = public.postcodes("/postcodes?lon=-2.3&lat=57.2&widesearch=true&limit=50").await;
    assert_eq!(wide.len(), 10);
    let nearer = public.postcodes("/postcodes?lon=-2.9&lat=57.25&radius=90000&uncapped=true").await;
    assert_eq!(nearer.len(), 10, "ours looks on");
    public
        .refused("/postcodes/AB10%201AB/nearest?limit=x", 400, "Invalid result limit submitted")
        .await;
    public.refused(&format!("{here}?radius=x"), 400, "Invalid lookup radius submitted").await;
    public.refused(&format!("{here}?radius=-5"), 400, "Invalid lookup radius submitted").await;
    public.refused("/postcodes/ZZ1%201ZZ/nearest", 404, "Postcode not found").await;
    public.refused("/postcodes/nonsense/nearest", 404, "Postcode not found").await;
    let words = "Invalid longitude/latitude submitted";
    public.refused("/postcodes/JE2%204WD/nearest", 400, words).await;
    for place in ["lon=a&lat=1", "lon=NaN&lat=1", "lon=Infinity&lat=1", "lon=1&lat=%C3%A9"] {
        public.refused(&format!("/postcodes?{place}"), 400, words).await;
    }
    for place in ["lon=57&lat=-2", "lon=999&lat=57", "lon=-2&lat=-99", "lon=1e300&lat=1e300"] {
        assert_eq!(public.result(&format!("/postcodes?{place}")).await, Value::Null, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminated_postcodes_have_their_date_and_last_place() {
    let public = public!("terminated_postcodes_have_their_date_and_last_place");
    let record = public.result("/terminated_postcodes/AB1%200AA").await;
    assert_eq!(
        (&record["postcode"], &record["year_terminated"]),
        (&json!("AB1 0AA"), &json!(1996))
    );
    assert_eq!((&record["month_terminated"], &record["eastings"]), (&json!(6), &json!(385_386)));
    let hint = public.get("/postcodes/AB10AA").await;
    assert_eq!((hint.status, &hint.json()["error"]), (404, &json!("Postcode not found")));
    let mut record = record;
    record.as_object_mut().unwrap().retain(|field, _| !field.ends_with("ings"));
    assert_eq!(hint.json()["terminated"], record, "the hint lacks only the grid");
    public.refused("/terminated_postcodes/AB101AB", 404, "Terminated postcode not found").await;
    public.refused("/terminated_postcodes/ZZ11ZZ", 404, "Terminated postcode not found").await;
    public.refused("/terminated_postcodes/x", 404, "Invalid postcode").await;
    assert_eq!(public.result("/postcodes/AB10AA/validate").await, false);
    assert_eq!(public.result("/postcodes/ab101ab/validate").await, true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcodes_tell_their_middle_and_their_areas() {
    let public = public!("outcodes_tell_their_middle_and_their_areas");
    let outcode = public.result("/outcodes/ab10").await;
    assert_eq!((&outcode["outcode"], &outcode["country"]), (&json!("AB10"), &json!(["Scotland"])));
    assert_eq!(outcode["admin_district"], json!(["Aberdeen City"]));
    assert_eq!(outcode["admin_county"], json!([]));
    let (longitude, latitude) =
        (outcode["longitude"].as_f64().unwrap(), outcode["latitude"].as_f64().unwrap());
    assert!((longitude + 2.11).abs() < 0.03 && (latitude - 57.13).abs() < 0.03, "{outcode}");
    let near = public.result("/outcodes/AB10/nearest").await;
    assert_eq!(near[0]["outcode"], "AB10");
    let by_place = format!("/outcodes?lon={longitude}&lat={latitude}&limit=2&radius=25001");
    assert_eq!(public.result(&by_place).await.as_array().unwrap().len(), 2);
    assert_eq!(public.result("/outcodes?lon=1&lat=51").await, Value::Null);
    public.refused("/outcodes/ZZ10", 404, "Outcode not found").await;
    public.refused("/outcodes/nonsense", 404, "Outcode not found").await;
    public.refused("/outcodes/nonsense/nearest", 404, "Outcode not found").await;
    public.refused("/outcodes?lon=1", 400, "Invalid longitude/latitude submitted").await;
    public.refused("/outcodes?lon=1&lat=x", 400, "Invalid longitude/latitude submitted").await;
    public.refused("/outcodes/AB10/nearest?limit=x", 400, "Invalid result limit submitted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_random_postcode_is_a_live_one_of_the_outcode() {
    let public = public!("a_random_postcode_is_a_live_one_of_the_outcode");
    for _ in 0..20 {
        let any = public.result("/random/postcodes").await;
        let text = any["postcode"].as_str().unwrap().replace(' ', "");
        assert_eq!(public.result(&format!("/postcodes/{text}/validate")).await, true, "{text}");
        assert_eq!(public.result("/random/postcodes?outcode=ab%2011").await["outcode"], "AB11");
    }
    assert_eq!(public.result("/random/postcodes?outcode=ZZ99").await, Value::Null);
    assert_eq!(public.result("/random/postcodes?outcode=AB1").await, Value::Null, "all terminated");
}
