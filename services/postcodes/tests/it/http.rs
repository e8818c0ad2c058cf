//! Look-ups through the front door.

use contracts::scopes;
use serde_json::{Value, json};

use crate::support;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postcode_is_answered_in_the_envelope_of_postcodes_io() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let answer = caller.get("/v1/geo/postcodes/OX4%201AA?additions=true").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    let body = answer.json();
    assert_eq!(body["status"], 200);
    let result = &body["result"];
    assert_eq!(result["postcode"], "OX4 1AA");
    assert_eq!((&result["longitude"], &result["latitude"]), (&json!(-1.2165), &json!(51.752)));
    assert_eq!(result["codes"]["admin_district"], "E07000178");
    assert_eq!(
        result["constituency"],
        json!({
            "gss_code": "E14001419",
            "name": "Oxford East",
            "generation": "2024",
            "method": "point_in_polygon",
            "neighbours": [],
        })
    );
    for text in ["ox41aa", "%20Ox4%091aA%20", "o%20x41%20aa"] {
        let again = caller.get(&format!("/v1/geo/postcodes/{text}?additions=true")).await;
        assert_eq!(again.json(), body, "{text}");
    }
    let plain = caller.get("/v1/geo/postcodes/OX4%201AA").await.json();
    assert_eq!(plain["result"].get("constituency"), None, "only where it is asked for");
    assert_eq!(plain["result"]["parliamentary_constituency"], "Oxford East");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_exist_gets_the_errors_of_postcodes_io() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let terminated = json!({
        "postcode": "M1 1AA", "year_terminated": 1996, "month_terminated": 6,
        "longitude": null, "latitude": null,
    });
    for (text, error, terminated) in [
        ("M1%201AB", "Postcode not found", Value::Null),
        ("M11AA", "Postcode not found", terminated),
        ("M1-1AA", "Invalid postcode", Value::Null),
        ("%C3%891%201AA", "Invalid postcode", Value::Null),
        ("%20", "Invalid postcode", Value::Null),
        ("OX4%0d%0aSet-Cookie:a", "Invalid postcode", Value::Null),
        (&"A".repeat(4_000), "Invalid postcode", Value::Null),
    ] {
        let answer = caller.get(&format!("/v1/geo/postcodes/{text}")).await;
        assert_eq!(answer.status, 404, "{text}");
        let body = answer.json();
        assert_eq!((&body["status"], &body["error"]), (&json!(404), &json!(error)), "{text}");
        assert_eq!(body["terminated"], terminated, "{text}");
        assert!(body.get("code").is_none(), "no problem details in this envelope");
    }
    assert_eq!(caller.get("/v1/geo/postcodes/%ff").await.status, 404);
    assert_eq!(caller.get("/v1/geo/postcodes/OX4/1AA").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validation_is_true_for_live_postcodes_only_and_never_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    for (text, valid) in
        [("ox41aa", true), ("JE2%204WD", true), ("M11AA", false), ("M11AB", false), ("x", false)]
    {
        let answer = caller.get(&format!("/v1/geo/postcodes/{text}/validate")).await;
        assert_eq!(answer.status, 200, "{text}");
        assert_eq!(answer.json(), json!({"status": 200, "result": valid}), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_datasets_tell_where_the_answers_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let answer = app.caller(&[scopes::GEO_READ]).get("/v1/geo/datasets").await.json();
    let [directory, outlines] = answer["data"].as_array().unwrap().as_slice() else {
        panic!("{answer}")
    };
    assert_eq!((&directory["kind"], &directory["count"]), (&json!("postcodes"), &json!(3)));
    assert_eq!(directory["licence"], "Apache-2.0");
    assert_eq!((&outlines["kind"], &outlines["rough"]), (&json!("constituencies"), &json!(true)));
    assert_eq!(outlines["generation"], "2024");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outlines_of_the_operator_take_the_place_of_the_embedded_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (file, areas) = (support::write_small(&folder), folder.path().join("areas.geojson"));
    let text = r#"{"features":[{"properties":{"PCON27CD":"E19","PCON27NM":"Own"},"geometry":
        {"type":"Polygon","coordinates":[[[-2,51],[-1,51],[-1,52],[-2,52],[-2,51]]]}}]}"#;
    std::fs::write(&areas, text).unwrap();
    let app = support::start_with(&[
        ("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap()),
        ("FOLKMOOT_POSTCODES_AREAS", areas.to_str().unwrap()),
    ])
    .await;
    let path = "/v1/geo/postcodes/OX41AA?additions=true";
    let answer = app.caller(&[scopes::GEO_READ]).get(path).await.json();
    let constituency = &answer["result"]["constituency"];
    assert_eq!(
        (&constituency["name"], &constituency["generation"]),
        (&json!("Own"), &json!("2027"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_extract_is_answered_as_published() {
    let Some(data) = testkit::real_data("the_real_extract_is_answered_as_published") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("postcodes.bin");
    let csv = data.join("onspd/ab_2025-09.csv");
    support::import_onspd(&csv, Some(&data.join("names")), &file);
    let app = support::start_with(&[("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap())]).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let aberdeen = caller.get("/v1/geo/postcodes/AB101AB?additions=true").await.json();
    assert_eq!(aberdeen["result"]["constituency"]["name"], "Aberdeen South");
    assert_eq!(aberdeen["result"]["constituency"]["method"], "column");
    let old = caller.get("/v1/geo/postcodes/AB10AA").await;
    assert_eq!((old.status, &old.json()["terminated"]["year_terminated"]), (404, &json!(1996)));
}
