//! Outlines for maps, postcodes in drawn shapes, and every bad parameter.

use contracts::scopes;
use serde_json::{Value, json};

use crate::areas_support::{self, WEST};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outlines_are_geojson_that_clients_may_keep() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let path = format!("/v1/geo/areas/{WEST}/geojson");
    let answer = caller.get(&path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/geo+json"));
    let feature = answer.json();
    assert_eq!((&feature["type"], &feature["id"]), (&json!("Feature"), &json!(WEST)));
    let ring = &feature["geometry"]["coordinates"][0][0];
    assert_eq!(ring.as_array().unwrap().len(), 7);
    let etag = answer.header("etag").to_owned();
    assert!(answer.header("cache-control").contains("max-age"));
    for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
        let again = caller.request(reqwest::Method::GET, &path).header("if-none-match", &known);
        let again = caller.send(again).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
        assert_eq!(again.header("cache-control"), answer.header("cache-control"));
    }
    let simple = caller.get(&format!("{path}?simplify=100")).await;
    assert_eq!(simple.json()["geometry"]["coordinates"][0][0].as_array().unwrap().len(), 5);
    assert_ne!(simple.header("etag"), etag);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_has_the_outlines_of_one_kind_and_generation_within_a_box() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    for (query, expected) in [
        ("kind=constituency", 2),
        ("kind=constituency&generation=2010", 1),
        ("kind=constituency&bbox=-1.09,51,-1.01,51.1", 1),
        ("kind=constituency&bbox=5,51,6,52", 0),
    ] {
        let answer = caller.get(&format!("/v1/geo/areas.geojson?{query}")).await.json();
        assert_eq!(answer["type"], "FeatureCollection");
        assert_eq!(answer["features"].as_array().unwrap().len(), expected, "{query}");
    }
    let unknown = caller.get("/v1/geo/areas.geojson?kind=constituency&generation=1997").await;
    assert_eq!(unknown.status, 404);
}

fn square(west: f64, east: f64) -> Value {
    let ring = json!([[west, 51], [east, 51], [east, 51.1], [west, 51.1], [west, 51]]);
    json!({"type": "Polygon", "coordinates": [ring]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_in_a_drawn_shape_is_found_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let within = async |body: Value| {
        let answer = caller.post("/v1/geo/within", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let json = answer.json();
        let data = json["data"].as_array().unwrap().iter();
        let found: Vec<_> = data.map(|row| row["postcode"].as_str().unwrap().to_owned()).collect();
        (found, json["page"]["next"].as_str().map(str::to_owned))
    };
    let all = json!({"geometry": square(-1.1, -0.9)});
    assert_eq!(within(all).await.0, ["OX1 1AA", "OX1 1AB", "OX1 1AC", "OX2 1AA"]);
    let circle = json!({"longitude": -0.95, "latitude": 51.05, "radius_m": 3_000});
    assert_eq!(within(json!({ "circle": circle })).await.0, ["OX1 1AC", "OX2 1AA"]);
    let both = json!({"type": "MultiPolygon", "coordinates": [
        square(-1.06, -1.04)["coordinates"], square(-0.96, -0.94)["coordinates"],
    ]});
    let (first, next) = within(json!({"geometry": both, "limit": 1})).await;
    assert_eq!(first, ["OX1 1AA"]);
    let (second, next) = within(json!({"geometry": both, "limit": 1, "cursor": next})).await;
    assert_eq!((second, next), (vec!["OX2 1AA".to_owned()], None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_shapes_are_rejected_by_the_invalid_field() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let circle = |longitude: f64, latitude: f64, radius_m: f64| {
        json!({"circle":
        {"longitude": longitude, "latitude": latitude, "radius_m": radius_m}})
    };
    let deep = json!({"type": "Polygon", "coordinates": [[[[[[1]]]]]]});
    for (body, pointer, code) in [
        (json!({}), "/geometry", "required"),
        (
            json!({"geometry": square(-1.1, -1.0), "circle": circle(0.0, 51.0, 1.0)["circle"]}),
            "/circle",
            "conflict",
        ),
        (json!({"geometry": square(-5.0, 2.0)}), "", ""),
        (
            json!({"geometry": {"type": "Polygon", "coordinates": [[[-9, 50], [2, 50], [2, 60], [-9, 60], [-9, 50]]]}}),
            "/geometry",
            "too_large",
        ),
        (circle(51.0, -1.0, 100.0), "/circle", "swapped"),
        (circle(-1.0, 51.0, 0.0), "/circle/radius_m", "out_of_range"),
        (circle(-1.0, 51.0, 1e300), "/circle/radius_m", "out_of_range"),
        (json!({"geometry": square(-1.1, -1.0), "limit": 0}), "/limit", "out_of_range"),
        (json!({"geometry": square(-1.1, -1.0), "cursor": "%"}), "/cursor", "malformed"),
        (json!({ "geometry": deep }), "/geometry", "malformed"),
        (json!({"geometry": {"type": "Point", "coordinates": [0, 51]}}), "/geometry", "malformed"),
        (
            json!({"geometry": {"type": "Polygon", "coordinates": [[["x"]]]}}),
            "/geometry",
            "malformed",
        ),
    ] {
        let answer = caller.post("/v1/geo/within", &body).await;
        if code.is_empty() {
            assert_eq!(answer.status, 200, "{body}");
            continue;
        }
        assert_eq!(answer.status, 422, "{body} {}", answer.text);
        let error = &answer.json()["errors"][0];
        assert!(error["pointer"].as_str().unwrap().starts_with(pointer), "{body} {error}");
        assert_eq!(error["code"], code, "{body}");
    }
    for (text, status) in [("{\"geometry\": NaN}", 400), ("[", 422), ("{", 400), ("", 400)] {
        let request = caller.request(reqwest::Method::POST, "/v1/geo/within");
        let request = request.header("content-type", "application/json").body(text);
        assert_eq!(caller.send(request).await.status, status, "{text}");
    }
    let nested = "[".repeat(100_000);
    let body = format!("{{\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":{nested}");
    let request = caller.request(reqwest::Method::POST, "/v1/geo/within");
    let answer = caller.send(request.header("content-type", "application/json").body(body)).await;
    assert!([400, 422].contains(&answer.status), "{}", answer.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_parameters_are_refused_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let long = "a".repeat(101);
    for (path, name) in [
        ("areas?kind=Ward%21", "kind"),
        ("areas?as_of=2024-02-30", "as_of"),
        ("areas?as_of=+2024-2-3", "as_of"),
        ("areas?limit=0", "limit"),
        ("areas?limit=1001", "limit"),
        ("areas?limit=NaN", "limit"),
        ("areas?cursor=x", "cursor"),
        ("areas?name=", "name"),
        (&format!("areas?name={long}"), "name"),
        ("areas?bbox=1,2,3,4", "bbox"),
        ("areas?colour=red", "colour"),
        ("areas.geojson", "kind"),
        ("areas.geojson?kind=ward&bbox=1,2,3", "bbox"),
        ("areas.geojson?kind=ward&bbox=2,51,1,52", "bbox"),
        ("areas.geojson?kind=ward&bbox=NaN,51,1,52", "bbox"),
        ("areas.geojson?kind=ward&simplify=-1", "simplify"),
        ("areas.geojson?kind=ward&simplify=50001", "simplify"),
        ("point/areas?lat=51", "lon"),
        ("point/areas?lon=NaN&lat=51", "lon"),
        ("point/areas?lon=inf&lat=51", "lon"),
        ("point/areas?lon=51&lat=-1", "lon"),
        ("point/areas?lon=0&lat=91", "lat"),
        ("areas/E14001100/children", "kind"),
        ("areas/E14001100/postcodes?cursor=IlggMSI", "cursor"),
        ("postcodes/OX11AA/areas?as_of=x", "as_of"),
        ("tiles/ward/17/0/0.mvt", "z"),
        ("tiles/ward/1/2/0.mvt", "x"),
        ("tiles/ward/1/0/-1.mvt", "y"),
    ] {
        let answer = caller.get(&format!("/v1/geo/{path}")).await;
        assert_eq!(answer.status, 422, "{path} {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], name, "{path}");
    }
}
