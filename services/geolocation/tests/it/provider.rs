//! External providers: each one's answers in our words, and all the times when nobody is asked.

use contracts::scopes;
use geolocation::Geolocation;
use serde_json::{Value, json};
use testkit::app::TestApp;
use uuid::Uuid;

use crate::fakes::Fake;

const TENANT: &str = "0190b0c4-0000-7000-8000-00000000000a";
const ADDRESS: &str = "/v1/geo/search?q=10+Downing+Street,+London";
const POINT: &str = "/v1/geo/reverse?lon=-0.12768&lat=51.50336&layers=address";

/// As `Nominatim` documents `format=geojson&addressdetails=1`.
const NOMINATIM: &str = r#"{"type":"FeatureCollection","licence":"Data © OpenStreetMap contributors","features":[
  {"type":"Feature","properties":{"place_id":1,"osm_type":"way","osm_id":1879842,"place_rank":30,"category":"building",
   "type":"yes","importance":0.55,"addresstype":"building","name":"10 Downing Street","display_name":
   "10 Downing Street, Westminster, London, SW1A 2AA, United Kingdom","address":{"house_number":"10","road":
   "Downing Street","city":"London","state":"England","postcode":"SW1A 2AA","country":"United Kingdom","country_code":
   "gb"}},"bbox":[-0.1278,51.5033,-0.1275,51.5035],"geometry":{"type":"Point","coordinates":[-0.12768,51.50336]}}]}"#;
/// As `Photon` documents its answer.
const PHOTON: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"osm_type":"W","osm_id":
  1879842,"osm_key":"building","osm_value":"yes","type":"house","housenumber":"10","street":"Downing Street","postcode":
  "SW1A 2AA","city":"London","state":"England","country":"United Kingdom","countrycode":"GB","extent":
  [-0.1278,51.5035,-0.1275,51.5033]},"geometry":{"type":"Point","coordinates":[-0.12768,51.50336]}}]}"#;
/// As the Ordnance Survey documents `output_srs=WGS84`, data set DPA.
const OS_PLACES: &str = r#"{"header":{"uri":"https://example.invalid","totalresults":1,"format":"JSON","dataset":"DPA"},
  "results":[{"DPA":{"UPRN":"100023336956","UDPRN":"23747771","ADDRESS":"10, DOWNING STREET, LONDON, SW1A 2AA",
  "BUILDING_NUMBER":"10","THOROUGHFARE_NAME":"DOWNING STREET","POST_TOWN":"LONDON","POSTCODE":"SW1A 2AA","LNG":-0.12768,
  "LAT":51.50336,"MATCH":1.0,"MATCH_DESCRIPTION":"EXACT"}}]}"#;
/// As Google documents its geocoding.
const GOOGLE: &str = r#"{"status":"OK","results":[{"place_id":"ChIJ","formatted_address":
  "10 Downing St, London SW1A 2AA, UK","types":["street_address"],"address_components":[{"long_name":"10","short_name":"10",
  "types":["street_number"]},{"long_name":"Downing Street","short_name":"Downing St","types":["route"]},{"long_name":"London",
  "short_name":"London","types":["postal_town"]},{"long_name":"SW1A 2AA","short_name":"SW1A 2AA","types":["postal_code"]},
  {"long_name":"United Kingdom","short_name":"GB","types":["country","political"]}],"geometry":{"location":{"lat":51.50336,
  "lng":-0.12768},"location_type":"ROOFTOP","viewport":{"northeast":{"lat":51.5047,"lng":-0.1263},"southwest":{"lat":51.502,
  "lng":-0.129}}}}]}"#;

/// A service before a provider, which one tenant may use.
async fn boot(kind: &str, provider: &Fake, more: &[(&str, &str)]) -> TestApp<Geolocation> {
    let mut settings = vec![
        ("FOLKMOOT_GEOLOCATION_PROVIDER", kind),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_URL", provider.url.as_str()),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_TENANTS", TENANT),
        ("FOLKMOOT_GEOLOCATION_PROVIDER_PER_SECOND", "100"),
        ("FOLKMOOT_POSTCODES_URL", "http://127.0.0.1:1"),
    ];
    settings.extend(more);
    TestApp::start(&settings).await
}

fn tenant() -> Uuid {
    TENANT.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_providers_answer_is_an_address_in_our_words() {
    let key = [("FOLKMOOT_GEOLOCATION_PROVIDER_KEY", "k")];
    for (kind, body, id, more) in [
        ("nominatim", NOMINATIM, "nominatim:way1879842", &[][..]),
        ("photon", PHOTON, "photon:W1879842", &[]),
        ("os_places", OS_PLACES, "os_places:100023336956", &key),
        ("google", GOOGLE, "google:ChIJ", &key),
    ] {
        let provider = Fake::start();
        provider.answers(200, body);
        let app = boot(kind, &provider, more).await;
        let caller = app.caller_for_tenant(tenant(), &[scopes::GEO_READ]);
        for path in [ADDRESS, POINT] {
            let answer = caller.get(path).await.json();
            let feature = &answer["features"][0];
            let found = &feature["properties"];
            assert_eq!(
                (&feature["id"], &found["layer"]),
                (&json!(id), &json!("address")),
                "{answer}"
            );
            assert_eq!(feature["geometry"]["coordinates"], json!([-0.12768, 51.50336]), "{kind}");
            assert_eq!(found["postcode"], "SW1A 2AA", "{kind}");
            assert_eq!(found["house_number"], "10", "{kind}");
            assert_eq!(
                found["street"].as_str().unwrap().to_lowercase(),
                "downing street",
                "{kind}"
            );
            assert_eq!(found["city"].as_str().unwrap().to_lowercase(), "london", "{kind}");
            let reverse = path == POINT;
            assert_eq!(found["match_type"] == "nearest", reverse, "{kind}");
            assert_eq!(answer["attribution"].as_array().unwrap().len(), 1, "{kind}");
        }
        let asked = provider.asked();
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert!(asked[0].contains("Downing") && !asked[1].contains("Downing"), "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_for_other_tenants_for_completions_or_for_what_we_know() {
    let provider = Fake::start();
    provider.answers(200, NOMINATIM);
    let folder = tempfile::tempdir().unwrap();
    let places = folder.path().join("places.bin");
    crate::places::write(&places);
    let places = ("FOLKMOOT_GEOLOCATION_PLACES", places.to_str().unwrap());
    let app = boot("nominatim", &provider, &[places]).await;
    let stranger = app.caller(&[scopes::GEO_READ]);
    for path in [ADDRESS, POINT] {
        assert_eq!(stranger.get(path).await.json()["features"], json!([]));
    }
    let caller = app.caller_for_tenant(tenant(), &[scopes::GEO_READ]);
    for path in [
        "/v1/geo/autocomplete?q=10+Downing+Street",
        "/v1/geo/search?q=Leicester",
        "/v1/geo/search?q=10+Downing+Street&layers=place",
        "/v1/geo/reverse?lon=-0.1&lat=51.5&layers=place",
    ] {
        assert_eq!(caller.get(path).await.status, 200);
    }
    assert_eq!(provider.asked(), [""; 0]);
    // Without a list nobody may.
    let provider = Fake::start();
    let app = boot("nominatim", &provider, &[("FOLKMOOT_GEOLOCATION_PROVIDER_TENANTS", "")]).await;
    app.caller_for_tenant(tenant(), &[scopes::GEO_READ]).get(ADDRESS).await;
    assert_eq!(provider.asked(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_asked_once_and_then_remembered() {
    let provider = Fake::start();
    provider.answers(200, NOMINATIM);
    let app = boot("nominatim", &provider, &[]).await;
    let caller = app.caller_for_tenant(tenant(), &[scopes::GEO_READ]);
    let first = caller.get(ADDRESS).await.text;
    assert_eq!(caller.get(ADDRESS).await.text, first);
    assert_eq!(provider.asked().len(), 1);
    caller.get(&format!("{ADDRESS}&limit=2")).await;
    assert_eq!(provider.asked().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_fails_costs_a_note_and_is_left_alone_after_a_while() {
    let provider = Fake::start();
    let app = boot("nominatim", &provider, &[]).await;
    let caller = app.caller_for_tenant(tenant(), &[scopes::GEO_READ]);
    let long = format!("{{\"features\":[],\"x\":\"{}\"}}", "x".repeat(300_000));
    let broken = [(500, "{}"), (200, "no JSON"), (200, "7"), (301, ""), (200, long.as_str())];
    for (n, (status, body)) in broken.into_iter().enumerate() {
        provider.answers(status, body);
        let answer = caller.get(&format!("/v1/geo/search?q={n}+Downing+Street")).await;
        assert_eq!((answer.status, &answer.json()["features"]), (200, &json!([])), "{n}");
        let notes = answer.json()["notes"].as_array().unwrap().clone();
        assert!(notes.contains(&json!("provider_unavailable")), "{n}: {notes:?}");
    }
    assert_eq!(provider.asked().len(), 5);
    provider.answers(200, NOMINATIM);
    let answer: Value = caller.get(ADDRESS).await.json();
    assert!(answer["notes"].as_array().unwrap().contains(&json!("provider_unavailable")));
    assert_eq!(provider.asked().len(), 5, "five failures in a row open the breaker");
    let (status, ready) = app.readiness().await;
    assert_eq!((status, &ready["checks"]["provider"]["status"]), (200, &json!("degraded")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_never_answers_is_waited_for_only_so_long() {
    // It takes connections, and nobody reads from them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let silent = [("FOLKMOOT_GEOLOCATION_PROVIDER_URL", url.as_str())];
    let app = boot("nominatim", &Fake::start(), &silent).await;
    let started = std::time::Instant::now();
    let answer = app.caller_for_tenant(tenant(), &[scopes::GEO_READ]).get(ADDRESS).await;
    assert!(answer.json()["notes"].as_array().unwrap().contains(&json!("provider_unavailable")));
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_asked_than_the_provider_allows() {
    let provider = Fake::start();
    provider.answers(200, NOMINATIM);
    let slow = [("FOLKMOOT_GEOLOCATION_PROVIDER_PER_SECOND", "1")];
    let app = boot("nominatim", &provider, &slow).await;
    let caller = app.caller_for_tenant(tenant(), &[scopes::GEO_READ]);
    let paths: Vec<String> =
        (0..20).map(|n| format!("/v1/geo/search?q={n}+Downing+Street")).collect();
    let asking = paths.iter().map(|path| caller.get(path));
    let answers = futures_util::future::join_all(asking).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let asked = provider.asked().len();
    assert!((1..10).contains(&asked), "{asked}");
}

#[test]
fn invalid_settings_are_reported_all_at_once() {
    use kit::service::Service as _;
    for (settings, expected) in [
        (
            &[("FOLKMOOT_GEOLOCATION_PROVIDER", "bing")][..],
            &["PROVIDER: must be", "PROVIDER_URL"][..],
        ),
        (
            &[
                ("FOLKMOOT_GEOLOCATION_PROVIDER", "google"),
                ("FOLKMOOT_GEOLOCATION_PROVIDER_URL", "https://x.invalid"),
            ],
            &["PROVIDER_KEY"],
        ),
        (
            &[
                ("FOLKMOOT_GEOLOCATION_PROVIDER", "photon"),
                ("FOLKMOOT_GEOLOCATION_PROVIDER_URL", "http://x.invalid"),
            ],
            &["PROVIDER_URL"],
        ),
        (&[("FOLKMOOT_GEOLOCATION_PROVIDER_TENANTS", "ours")], &["ours is not the id of a tenant"]),
        (&[("FOLKMOOT_GEOLOCATION_PROVIDER_PER_SECOND", "0")], &["PER_SECOND"]),
    ] {
        let mut env = kit::config::Env::from_pairs(settings.iter().copied());
        Geolocation::config(&mut env);
        let message = env.finish().unwrap_err().to_string();
        assert!(expected.iter().all(|part| message.contains(part)), "{message}");
    }
}
