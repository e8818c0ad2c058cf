//! Every malformed value of every parameter of geocoding is reported by the parameter's name, and none is a 500.

use contracts::scopes;
use geolocation::Geolocation;
use serde_json::json;
use testkit::app::TestApp;

/// Query, the invalid parameter, the code.
const BAD: [(&str, &str, &str); 52] = [
    ("search", "q", "required"),
    ("search?q=", "q", "required"),
    ("search?q=%20%09", "q", "malformed"),
    ("search?q=%00", "q", "malformed"),
    ("search?q=a%0d%0ab", "q", "malformed"),
    ("search?q=%ff%fe", "q", "malformed"),
    ("search?county=Kent", "q", "required"),
    ("search?q=a&city=b", "q", "exclusive"),
    ("search?city=%00", "city", "malformed"),
    ("search?street=%1b&city=a", "street", "malformed"),
    ("search?q=a&q=b", "q", "duplicate"),
    ("search?q=a&Ada=b", "Ada", "unknown"),
    ("search?q=a&lon=1", "lat", "required"),
    ("search?q=a&lat=1", "lon", "required"),
    ("search?q=a&lon=NaN&lat=1", "lon", "malformed"),
    ("search?q=a&lon=inf&lat=1", "lon", "malformed"),
    ("search?q=a&lon=1e400&lat=1", "lon", "malformed"),
    ("search?q=a&lon=&lat=1", "lon", "malformed"),
    ("search?q=a&lon=0x1&lat=1", "lon", "malformed"),
    ("search?q=a&lon=180.1&lat=1", "lon", "out_of_range"),
    ("search?q=a&lon=-1&lat=-90.5", "lat", "out_of_range"),
    ("search?q=a&lon=-1&lat=%F0%9F%98%80", "lat", "malformed"),
    ("search?q=a&lon=51.5&lat=-0.1", "lon", "swapped"),
    ("search?q=a&bbox=1", "bbox", "malformed"),
    ("search?q=a&bbox=1,2,3", "bbox", "malformed"),
    ("search?q=a&bbox=1,2,3,4,5", "bbox", "malformed"),
    ("search?q=a&bbox=3,2,1,4", "bbox", "malformed"),
    ("search?q=a&bbox=1,4,3,2", "bbox", "malformed"),
    ("search?q=a&bbox=NaN,1,2,3", "bbox", "malformed"),
    ("search?q=a&bbox=-181,1,2,3", "bbox", "malformed"),
    ("search?q=a&bbox=,,,", "bbox", "malformed"),
    ("search?q=a&circle=1,2", "circle", "malformed"),
    ("search?q=a&circle=1,2,0", "circle", "malformed"),
    ("search?q=a&circle=1,2,1e9", "circle", "malformed"),
    ("search?q=a&bbox=0,0,1,1&circle=1,2,3", "circle", "exclusive"),
    ("search?q=a&layers=", "layers", "malformed"),
    ("search?q=a&layers=street", "layers", "malformed"),
    ("search?q=a&layers=place,,area", "layers", "malformed"),
    ("search?q=a&limit=0", "limit", "out_of_range"),
    ("search?q=a&limit=51", "limit", "out_of_range"),
    ("search?q=a&limit=-1", "limit", "out_of_range"),
    ("search?q=a&limit=1.5", "limit", "malformed"),
    ("search?q=a&limit=ten", "limit", "malformed"),
    ("search?q=a&limit=99999999999999999999", "limit", "out_of_range"),
    ("search?q=a&format=xml", "format", "malformed"),
    ("autocomplete", "q", "required"),
    ("autocomplete?q=a&street=b", "street", "unknown"),
    ("reverse", "lon", "required"),
    ("reverse?lat=1", "lon", "required"),
    ("reverse?lon=51.5&lat=-0.1", "lon", "swapped"),
    ("reverse?lon=-0.1&lat=51.5&radius_m=0", "radius_m", "out_of_range"),
    ("reverse?lon=-0.1&lat=51.5&radius_m=20001", "radius_m", "out_of_range"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_invalid_value_is_reported_by_the_name_of_its_parameter() {
    let app = TestApp::<Geolocation>::start(&[]).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let long = "x".repeat(201);
    let commas = ",".repeat(150);
    let more = [
        (format!("search?q={long}"), "q", "too_long"),
        (format!("search?postcode={long}"), "postcode", "too_long"),
        (format!("search?q=a&layers={long}"), "layers", "too_long"),
        (format!("search?q=a&bbox={commas}"), "bbox", "too_long"),
        (format!("search?q=a&lon={long}&lat=1"), "lon", "too_long"),
        (format!("search?q=a&format={long}"), "format", "too_long"),
    ];
    let listed = BAD.into_iter().map(|(query, field, code)| (query.to_owned(), field, code));
    for (query, field, code) in listed.chain(more) {
        let answer = caller.get(&format!("/v1/geo/{query}")).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{query}");
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let is_reported = errors.iter().any(|it| it["pointer"] == field && it["code"] == code);
        assert!(is_reported, "{query}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_invalid_values_are_reported_at_once_and_none_is_repeated() {
    let app = TestApp::<Geolocation>::start(&[]).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let answer = caller.get("/v1/geo/search?q=Ada%00&lon=Ada&lat=Ada&limit=Ada&format=Ada").await;
    let pointers: Vec<_> = answer.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["pointer"].clone())
        .collect();
    assert_eq!(pointers, ["q", "lon", "lat", "limit", "format"].map(|it| json!(it)));
    assert!(!answer.text.contains("Ada"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_but_lawful_texts_are_answered() {
    let app =
        TestApp::<Geolocation>::start(&[("FOLKMOOT_POSTCODES_URL", "http://127.0.0.1:1")]).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    for text in [
        "%F0%9F%98%80",
        "%E2%80%AE",
        "%25",
        "'%20OR%201=1--",
        "%D7%90",
        "..%2F..",
        "LE1%206TH%F0%9F%98%80",
        "%C3%89%20a",
    ] {
        for path in ["search", "autocomplete"] {
            assert_eq!(caller.get(&format!("/v1/geo/{path}?q={text}")).await.status, 200, "{text}");
        }
    }
}
