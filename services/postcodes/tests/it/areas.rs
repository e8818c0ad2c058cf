//! Areas through the front door: by place, by code and name, and what lies within them.

use contracts::scopes;
use postcodes::import::boundaries::Options;
use serde_json::{Value, json};

use crate::areas_support::{self, BOTH, EAST, WEST, WEST_WARD};

/// `kind generation gss_code method split` of each area of an answer.
fn summaries(answer: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let areas = answer["areas"].as_array().unwrap().iter();
    areas
        .map(|area| {
            ["kind", "generation", "gss_code", "method", "split"]
                .map(|key| text(&area[key]))
                .join(" ")
        })
        .collect()
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|area| area["gss_code"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postcode_has_its_areas_of_every_kind_and_generation_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let answer = caller.get("/v1/geo/postcodes/ox1%201aa/areas").await.json();
    assert_eq!(
        summaries(&answer),
        [
            "country - E92000001 column unknown".to_owned(),
            format!("constituency 2024 {WEST} column no"),
            format!("constituency 2010 {BOTH} point_in_polygon no"),
            format!("ward 2024 {WEST_WARD} point_in_polygon no"),
        ]
    );
    let west = &answer["areas"][1];
    assert_eq!((&west["name"], &west["name_welsh"]), (&json!("West Môn"), &json!("Gorllewin")));
    assert_eq!((&west["valid_from"], &west["valid_to"]), (&json!("2024-07-04"), &Value::Null));
    assert_eq!((&west["neighbours"], &west["candidates"]), (&json!([]), &json!([])));
    for (query, expected) in [
        ("kind=constituency&as_of=2020-01-01", vec!["2010"]),
        ("kind=constituency&as_of=2024-07-04", vec!["2024"]),
        ("kind=constituency&generation=2010", vec!["2010"]),
        ("kind=constituency&as_of=1999-01-01", vec![]),
    ] {
        let path = format!("/v1/geo/postcodes/OX11AA/areas?{query}");
        let answer = caller.get(&path).await.json();
        let found = answer["areas"].as_array().unwrap().iter();
        let found: Vec<_> = found.map(|area| area["generation"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_border_within_reach_or_a_contradiction_is_reported_with_the_possible_areas() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let of = async |postcode: &str| {
        let path = format!("/v1/geo/postcodes/{postcode}/areas?kind=constituency&generation=2024");
        caller.get(&path).await.json()["areas"][0].clone()
    };
    let near = of("OX11AB").await;
    assert_eq!((&near["gss_code"], &near["split"]), (&json!(WEST), &json!("possible")));
    assert_eq!(codes(&near["candidates"]), [WEST, EAST]);
    assert_eq!(
        near["neighbours"][0],
        json!({"gss_code": EAST, "name": "East", "distance_m": 35.0})
    );
    let contradicted = of("OX11AC").await;
    assert_eq!(
        (&contradicted["method"], &contradicted["split"]),
        (&json!("column"), &json!("possible"))
    );
    assert_eq!(codes(&contradicted["candidates"]), [WEST, EAST]);
    let nowhere = of("OX31AA").await;
    assert_eq!((&nowhere["gss_code"], &nowhere["split"]), (&json!(WEST), &json!("unknown")));
    let terminated = caller.get("/v1/geo/postcodes/OX91AA/areas").await.json();
    assert_eq!(terminated["date_of_termination"], "199606");
    assert_eq!(summaries(&terminated).len(), 4);
    for (postcode, status) in [("OX19ZZ", 404), ("nonsense", 404)] {
        let answer = caller.get(&format!("/v1/geo/postcodes/{postcode}/areas")).await;
        assert_eq!(answer.status, status, "{postcode}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_point_lies_in_what_holds_it_and_is_never_split() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let answer =
        caller.get("/v1/geo/point/areas?lon=-1.0005&lat=51.04&as_of=2025-01-01").await.json();
    assert_eq!(
        summaries(&answer),
        [
            format!("constituency 2024 {WEST} point_in_polygon no"),
            format!("ward 2024 {WEST_WARD} point_in_polygon no"),
        ]
    );
    assert_eq!(codes(&answer["areas"][0]["neighbours"]), [EAST]);
    let sea = caller.get("/v1/geo/point/areas?lon=3&lat=40").await.json();
    assert_eq!(sea["areas"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn areas_are_found_by_names_without_case_and_accents_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let names = |answer: &Value| -> Vec<String> {
        let data = answer["data"].as_array().unwrap().iter();
        data.map(|area| area["name"].as_str().unwrap().to_owned()).collect()
    };
    for (query, expected) in [
        ("name=EAST", vec!["East", "East Môn"]),
        ("name=mon", vec!["East Môn", "West Môn"]),
        ("name=m", vec!["Marsh", "East Môn", "West Môn"]),
        ("name=w&kind=constituency", vec!["West Môn"]),
        ("kind=constituency&as_of=2020-01-01", vec!["Both"]),
        ("kind=country", vec!["England"]),
        ("name=nowhere", vec![]),
    ] {
        let answer = caller.get(&format!("/v1/geo/areas?{query}")).await.json();
        assert_eq!(names(&answer), expected, "{query}");
        assert_eq!(answer["page"]["has_more"], false);
    }
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("/v1/geo/areas?name=m&limit=1{cursor}")).await.json();
        all.extend(names(&page));
        let Some(next) = page["page"]["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(all, ["Marsh", "East Môn", "West Môn"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_area_has_its_generations_postcodes_neighbours_and_children() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let west = caller.get(&format!("/v1/geo/areas/{WEST}")).await.json();
    assert_eq!(west["bbox"], json!([-1.1, 51.0, -1.0, 51.1]));
    assert_eq!(west["centre"], json!({"longitude": -1.05, "latitude": 51.05}));
    // Those that the directory names, the one without a position too; the one out of use does not count.
    assert_eq!(west["postcodes"], 4);
    assert_eq!(west["generations"][0]["outline"]["points"], 7);
    let ward = caller.get(&format!("/v1/geo/areas/{WEST_WARD}")).await.json();
    assert_eq!(ward["postcodes"], 2, "by the outline");
    let england = caller.get("/v1/geo/areas/e92000001").await.json();
    assert_eq!((&england["bbox"], &england["postcodes"]), (&Value::Null, &json!(5)));
    let beside = caller.get(&format!("/v1/geo/areas/{WEST}/neighbours")).await.json();
    assert_eq!(codes(&beside["data"]), [EAST]);
    let children = async |code: &str, kind: &str| {
        let path = format!("/v1/geo/areas/{code}/children?kind={kind}");
        caller.get(&path).await.json()["data"].clone()
    };
    let constituencies = children("E92000001", "constituency").await;
    assert_eq!(codes(&constituencies), [WEST, EAST]);
    assert_eq!(
        (&constituencies[0]["postcodes"], &constituencies[0]["postcodes_total"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(codes(&children(WEST, "ward").await), [WEST_WARD]);
    for path in ["E14009999", "x", "E14001100/neighbours?generation=2010", "E92000001/geojson"] {
        assert_eq!(caller.get(&format!("/v1/geo/areas/{path}")).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_postcodes_of_an_area_come_in_order_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/geo/areas/{WEST}/postcodes?limit=2{cursor}");
        let page = caller.get(&path).await.json();
        let data = page["data"].as_array().unwrap().iter();
        all.extend(data.map(|row| row["postcode"].as_str().unwrap().to_owned()));
        let Some(next) = page["page"]["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(all, ["OX1 1AA", "OX1 1AB", "OX1 1AC", "OX3 1AA"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_of_areas_is_put_in_use_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let wards = json!({"WD30CD": "E05000009", "WD30NM": "Newly drawn"});
    let wards = areas_support::collection(&[areas_support::area(wards, -1.1, -0.9)]).to_string();
    areas_support::import(folder.path(), &wards, Options::default()).unwrap();
    app.run_job("refresh").await.unwrap();
    let found = caller.get("/v1/geo/areas?name=newly").await.json();
    assert_eq!(codes(&found["data"]), ["E05000009"]);
    assert_eq!(caller.get("/v1/geo/tiles/ward/8/127/85.mvt").await.status, 200);
    std::fs::write(folder.path().join("areas.bin"), "FMPA").unwrap();
    app.run_job("refresh").await.unwrap();
    let found = caller.get("/v1/geo/areas?name=newly").await.json();
    assert_eq!(codes(&found["data"]), ["E05000009"]);
}
