//! Eligibility through the front door.

use contracts::scopes;
use postcodes::Postcodes;
use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::caller::Response;

use crate::areas_support::{self, BOTH, EAST, WEST};

async fn ask(app: &TestApp<Postcodes>, area: Value, places: Value) -> Response {
    let body = json!({"area": area, "places": places});
    app.caller(&[scopes::GEO_READ]).post("/v1/geo/eligibility", &body).await
}

/// `result reason confidence` of each answer for postcodes.
async fn outcomes(app: &TestApp<Postcodes>, area: Value, postcodes: &[&str]) -> Vec<String> {
    let places: Vec<_> = postcodes.iter().map(|postcode| json!({"postcode": postcode})).collect();
    let answer = ask(app, area, json!(places)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let json = answer.json();
    let text = |of: &Value| of.as_str().unwrap().to_owned();
    let answers = json["data"].as_array().unwrap().iter();
    answers
        .map(|one| ["result", "reason", "confidence"].map(|key| text(&one[key])).join(" "))
        .collect()
}

fn around(longitude: f64, latitude: f64, radius_m: f64) -> Value {
    json!({"circle": {"longitude": longitude, "latitude": latitude, "radius_m": radius_m}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn official_areas_decide_by_the_directory_and_a_near_border_leaves_it_to_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let west = json!({"include": [{"gss_codes": [WEST]}]});
    let all = ["OX1 1AA", "OX1 1AB", "OX1 1AC", "OX2 1AA", "OX3 1AA", "OX9 1AA", "OX1 9ZZ", "?"];
    assert_eq!(
        outcomes(&app, west, &all).await,
        [
            "inside included high",
            "split border low",
            "split border low",
            "outside not_included high",
            "inside included medium",
            "inside included high",
            "unknown unknown_postcode high",
            "unknown malformed_postcode high",
        ]
    );
    // Whichever side of the border: both are in the area.
    let both = json!({"include": [{"gss_codes": [WEST, EAST]}]});
    let found = outcomes(&app, both, &["OX1 1AB", "OX1 1AC", "OX2 1AA"]).await;
    assert_eq!(found, ["inside included high"; 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_include_and_exclude_and_the_one_that_decided_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let area = json!({
        "include": [{"id": "branch", "gss_codes": [WEST]}, {"id": "friends", "postcodes": ["OX2"]}],
        "exclude": [{"id": "office", "circle": around(-1.05, 51.05, 500.0)["circle"]}],
    });
    let places = json!([{"postcode": "ox11aa"}, {"postcode": "OX2 1AA"}, {"longitude": -1.08, "latitude": 51.02}]);
    let answer = ask(&app, area, places).await.json();
    let rule = |number: usize| answer["data"][number]["rule"].clone();
    assert_eq!(answer["data"][0]["result"], "outside");
    assert_eq!(rule(0), json!({"list": "exclude", "index": 0, "id": "office"}));
    assert_eq!(answer["data"][1]["result"], "inside");
    assert_eq!(rule(1), json!({"list": "include", "index": 1, "id": "friends"}));
    // A point lies in West by its outline.
    assert_eq!(
        (&answer["data"][2]["result"], &answer["data"][2]["confidence"]),
        (&json!("inside"), &json!("medium"))
    );
    assert_eq!(answer["data"][2]["query"], json!({"longitude": -1.08, "latitude": 51.02}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drawn_shapes_decide_by_position_and_policies_speak_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let circle = |more: Value| {
        let mut area = json!({"include": [around(-1.05, 51.05, 1_050.0)]});
        area.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        area
    };
    let all = ["OX1 1AA", "OX2 1AA", "OX3 1AA", "OX9 1AA"];
    let found = outcomes(&app, circle(json!({})), &all).await;
    assert_eq!(found[0], "inside included high");
    assert_eq!(found[1], "outside not_included high");
    assert_eq!(found[2], "unknown no_position high");
    // It lies 1.1 km to the north: its addresses may lie on both sides.
    assert_eq!(found[3], "split border low", "{found:?}");
    let strict = circle(json!({"terminated": "outside", "unlocated": "outside"}));
    let found = outcomes(&app, strict, &all[2..]).await;
    assert_eq!(found, ["outside no_position high", "outside terminated_postcode high"]);
    let polygon = json!({"include": [{"geometry": {"type": "Polygon", "coordinates":
        [[[-1.06, 51], [-1.04, 51], [-1.04, 51.1], [-1.06, 51.1], [-1.06, 51]]]}}]});
    let found = outcomes(&app, polygon, &["OX1 1AA", "OX1 1AB"]).await;
    assert_eq!(found, ["inside included high", "outside not_included high"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_areas_of_another_day_count_when_that_day_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let before = json!({"include": [{"gss_codes": [BOTH]}], "as_of": "2020-01-01"});
    let found = outcomes(&app, before, &["OX1 1AB", "OX2 1AA", "OX3 1AA"]).await;
    assert_eq!(
        found,
        ["inside included medium", "inside included medium", "unknown no_position high"]
    );
    let today = json!({"include": [{"gss_codes": [BOTH]}]});
    let answer = ask(&app, today, json!([{"postcode": "OX1 1AA"}])).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json()["errors"][0]["code"], "not_in_force");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_definitions_and_places_are_rejected_by_the_invalid_field() {
    let folder = tempfile::tempdir().unwrap();
    let app = areas_support::start(&folder).await;
    let fine = || json!({"include": [{"postcodes": ["OX1"]}]});
    let place = || json!([{"postcode": "OX1 1AA"}]);
    let rule = |rule: Value| json!({ "include": [rule] });
    let empty = json!({"type": "Polygon", "coordinates": []});
    let feature = json!({"type": "Feature", "properties": null, "geometry": empty});
    let many: Vec<_> = (0..101).map(|_| json!({"postcode": "OX1 1AA"})).collect();
    let rules: Vec<_> = (0..51).map(|_| json!({"postcodes": ["OX1"]})).collect();
    for (area, places, pointer) in [
        (json!({"include": []}), place(), "/area/include"),
        (json!({ "include": rules }), place(), "/area/include"),
        (json!({}), place(), "/area/include"),
        (rule(json!({})), place(), "/area/include/0"),
        (rule(json!({"postcodes": ["OX1"], "gss_codes": [WEST]})), place(), "/area/include/0"),
        (rule(json!({"postcodes": []})), place(), "/area/include/0/postcodes"),
        (rule(json!({"postcodes": ["OX1", "!"]})), place(), "/area/include/0/postcodes/1"),
        (rule(json!({"gss_codes": ["E99"]})), place(), "/area/include/0/gss_codes/0"),
        (rule(json!({"gss_codes": [null]})), place(), "/area/include/0/gss_codes/0"),
        (rule(around(51.0, -1.0, 5.0)), place(), "/area/include/0/circle"),
        (rule(json!({"geometry": feature})), place(), "/area/include/0/geometry/type"),
        (rule(json!({"geometry": empty})), place(), "/area/include/0/geometry/coordinates"),
        (json!({"include": [{"postcodes": ["OX1"]}], "as_of": "soon"}), place(), "/area/as_of"),
        (fine(), json!([]), "/places"),
        (fine(), json!(many), "/places"),
        (fine(), json!([{}]), "/places/0"),
        (fine(), json!([{"postcode": "OX1 1AA", "longitude": 1}]), "/places/0"),
        (fine(), json!([{"longitude": 1, "latitude": 91}]), "/places/0/latitude"),
        (fine(), json!([null]), "/places/0"),
    ] {
        let answer = ask(&app, area.clone(), places.clone()).await;
        assert_eq!(answer.status, 422, "{area} {places} {}", answer.text);
        let found = answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned();
        assert_eq!(found, pointer, "{area} {places}");
    }
}
