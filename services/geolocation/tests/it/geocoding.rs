//! Search, completion and reverse through the front door, before a postcodes service that is a server.

use contracts::scopes;
use geolocation::Geolocation;
use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::caller::Caller;

use crate::fakes::Fake;
use crate::places;

struct Booted {
    caller: Caller,
    postcodes: Fake,
    _app: TestApp<Geolocation>,
    _folder: tempfile::TempDir,
}

async fn boot() -> Booted {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.bin");
    places::write(&file);
    let postcodes = Fake::start();
    let settings = [
        ("FOLKMOOT_GEOLOCATION_PLACES", file.to_str().unwrap()),
        ("FOLKMOOT_POSTCODES_URL", postcodes.url.as_str()),
    ];
    let app = TestApp::start(&settings).await;
    Booted { caller: app.caller(&[scopes::GEO_READ]), postcodes, _app: app, _folder: folder }
}

impl Booted {
    async fn ask(&self, path: &str) -> Value {
        let answer = self.caller.get(&format!("/v1/geo/{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/geo+json");
        answer.json()
    }

    /// Layer, name and match type of each feature.
    async fn features(&self, path: &str) -> Vec<String> {
        let answer = self.ask(path).await;
        let features = answer["features"].as_array().unwrap();
        let found = features.iter().map(|it| {
            let of = |name: &str| it["properties"][name].as_str().unwrap().to_owned();
            format!("{} {} {}", of("layer"), of("name"), of("match_type"))
        });
        found.collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_a_feature_with_its_surroundings_and_what_it_is_owed_to() {
    let booted = boot().await;
    assert_eq!(
        booted.ask("search?q=Newport,%20Wales").await,
        json!({
            "type": "FeatureCollection",
            "features": [{
                "type": "Feature",
                "id": "geonames:2",
                "geometry": {"type": "Point", "coordinates": [-2.99835, 51.58774]},
                "properties": {
                    "layer": "place", "name": "Newport", "label": "Newport, Wales",
                    "match_type": "exact", "confidence": 1.0, "distance_m": null,
                    "source": "geonames", "kind": "populated_place", "house_number": null,
                    "street": null, "city": null, "district": null, "county": null,
                    "region": null, "country": "Wales", "postcode": null, "outcode": null,
                    "population": 151_500, "gss_code": null, "terminated": null, "areas": [],
                },
            }],
            "attribution": ["Contains places made up for tests."],
            "notes": [],
        })
    );
    assert_eq!(booted.postcodes.asked(), [""; 0], "nobody was asked about a place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_postcode_is_found_however_it_is_written() {
    let booted = boot().await;
    for text in ["LE1%206TH", "le16th", "LE1++6TH"] {
        let path = format!("search?q={text}");
        assert_eq!(booted.features(&path).await, ["postcode LE1 6TH exact"], "{text}");
        let path = format!("autocomplete?q={text}");
        assert_eq!(booted.features(&path).await, ["postcode LE1 6TH exact"], "{text}");
    }
    let found = booted.ask("search?q=LE1%206TH&layers=postcode,area").await;
    let areas: Vec<&Value> = found["features"].as_array().unwrap().iter().skip(1).collect();
    assert_eq!(areas.len(), 3);
    assert!(areas.iter().all(|it| it["geometry"].is_null()));
    assert_eq!(found["attribution"].as_array().unwrap().len(), 3);
    assert_eq!(booted.ask("search?q=JE2%204WD").await["features"][0]["geometry"], Value::Null);
    let ended = booted.ask("search?postcode=LE1%207AA").await;
    assert_eq!(ended["features"][0]["properties"]["terminated"], true);
    assert_eq!(ended["features"][0]["properties"]["confidence"], 0.5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_begun_postcode_is_completed_and_stays_itself() {
    let booted = boot().await;
    assert_eq!(
        booted.features("autocomplete?q=LE1").await,
        [
            "outcode LE1 exact",
            "postcode LE1 6TH prefix",
            "postcode LE1 6TJ prefix",
            "outcode LE16 prefix",
            "postcode LE1 7AA prefix",
        ]
    );
    let begun = ["postcode LE1 6TH prefix", "postcode LE1 6TJ prefix"];
    assert_eq!(booted.features("autocomplete?q=le1+6").await, begun);
    assert_eq!(booted.features("autocomplete?q=LE1+6T").await, begun);
    let asked = booted.postcodes.asked();
    assert!(asked[0].contains("with=LE1&") && asked[2].contains("with=LE1+6T&"), "{asked:?}");
    // What is finished and no postcode is answered as far as it goes.
    assert_eq!(booted.features("search?q=LE1+6").await, ["outcode LE1 fallback"]);
    assert_eq!(booted.features("search?q=LE1+9ZZ").await, ["outcode LE1 fallback"]);
    assert_eq!(booted.features("search?q=ZZ99+9ZZ").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_answered_by_its_postcode_and_its_town() {
    let booted = boot().await;
    let expected = ["postcode LE1 6TH fallback", "place Leicester fallback"];
    for path in [
        "search?q=12+Granby+Street,+Leicester+LE1+6TH",
        "search?q=LE1+6TH,+12+Granby+Street,+Leicester",
        "search?street=12+Granby+Street&city=Leicester&postcode=LE1+6TH&country=England",
    ] {
        assert_eq!(booted.features(path).await, expected, "{path}");
    }
    assert_eq!(
        booted.features("search?city=Newport&county=Isle+of+Wight").await,
        ["place Newport exact"]
    );
    assert_eq!(
        booted.features("search?city=Leicester&postcode=LE1+6TH").await,
        ["place Leicester exact", "postcode LE1 6TH fallback"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bias_orders_bounds_exclude_layers_choose_and_limits_cut() {
    let booted = boot().await;
    let order = |answer: Value| {
        let features = answer["features"].as_array().unwrap().clone();
        features.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (wales, wight) = ("geonames:2".to_owned(), "geonames:3".to_owned());
    assert_eq!(order(booted.ask("search?q=Newport").await), [wales.clone(), wight.clone()]);
    let biased = booted.ask("search?q=Newport&lon=-1.3&lat=50.7").await;
    assert_eq!(order(biased), [wight.clone(), wales.clone()]);
    for bounds in ["bbox=-2,50,-1,51", "circle=-1.3,50.7,10000"] {
        let bounded = booted.ask(&format!("search?q=Newport&{bounds}")).await;
        assert_eq!(order(bounded), ["geonames:3"], "{bounds}");
    }
    assert_eq!(order(booted.ask("search?q=Newport&limit=1").await), [wales]);
    assert_eq!(order(booted.ask("search?q=Newport&layers=postcode").await), [""; 0]);
    assert_eq!(
        booted.features("autocomplete?q=LE1&layers=outcode&limit=1").await,
        ["outcode LE1 exact"]
    );
    assert_eq!(booted.features("autocomplete?q=liec").await, ["place Leicester fuzzy"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_point_is_answered_by_the_next_postcode_and_place_and_the_areas_that_hold_it() {
    let booted = boot().await;
    assert_eq!(
        booted.features("reverse?lon=-1.1263&lat=52.6322").await,
        ["postcode LE1 6TH nearest", "area Leicester South exact", "place Leicester nearest"]
    );
    let answer = booted.ask("reverse?lon=-1.1263&lat=52.6322").await;
    assert_eq!(answer["features"][0]["properties"]["distance_m"], 12.3);
    assert_eq!(answer["features"][1]["properties"]["gss_code"], "E14001321");
    assert_eq!(
        booted.features("reverse?lon=-1.29&lat=51.75&layers=place&limit=2").await,
        ["place Botley nearest", "place Oxford nearest"]
    );
    let at_sea = booted.features("reverse?lon=-30&lat=50&layers=place").await;
    assert_eq!(at_sea, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn geocodejson_has_its_own_words_and_no_query() {
    let booted = boot().await;
    let answer = booted.ask("search?q=LE1+6TH&format=geocodejson").await;
    assert_eq!(answer["geocoding"]["version"], "0.1.0");
    assert!(answer["geocoding"]["attribution"].as_str().unwrap().contains("Royal Mail"));
    assert!(answer["geocoding"]["query"].is_null());
    let geocoding = &answer["features"][0]["properties"]["geocoding"];
    assert_eq!(
        (&geocoding["type"], &geocoding["postcode"]),
        (&json!("postcode"), &json!("LE1 6TH"))
    );
    assert_eq!(geocoding["admin"]["constituency"], "Leicester South");
    let place = booted.ask("autocomplete?q=oxf&format=geocodejson").await;
    assert_eq!(place["features"][0]["properties"]["geocoding"]["type"], "locality");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postcodes_or_places_the_rest_is_answered_with_a_note() {
    let booted = boot().await;
    for (status, body) in [(503, "{}"), (500, ""), (200, "no JSON"), (200, "{\"postcodes\": 7}")] {
        booted.postcodes.answers(status, body);
        for path in [
            "search?q=Leicester+LE1+6TH",
            "autocomplete?q=Leicester+LE1+6TH",
            "reverse?lon=-1.13&lat=52.63",
        ] {
            let answer = booted.ask(path).await;
            assert_eq!(answer["notes"], json!(["postcodes_unavailable"]), "{path} {status}");
            assert_eq!(answer["features"][0]["properties"]["name"], "Leicester", "{path}");
        }
    }
    let bare =
        TestApp::<Geolocation>::start(&[("FOLKMOOT_POSTCODES_URL", "http://127.0.0.1:1")]).await;
    let caller = bare.caller(&[scopes::GEO_READ]);
    let answer = caller.get("/v1/geo/reverse?lon=-1.13&lat=52.63").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["notes"], json!(["postcodes_unavailable", "no_gazetteer"]));
}
