//! Single look-ups through the front door, and who is refused.

use contracts::scopes;
use geolocation::Geolocation;
use kit::service::Service as _;
use reqwest::Method;
use serde_json::json;
use testkit::app::TestApp;

use crate::support::boot;

/// Promise 000-06: the derived place carries its source.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_address_is_answered_with_place_and_source() {
    let booted = boot().await;
    let caller = booted.app.caller(&[scopes::GEO_READ]);
    let answer = caller.get("/v1/geo/ip/81.2.69.142").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert!(!answer.text.contains("81.2.69.142"), "the answer does not repeat the address");
    let body = answer.json();
    assert_eq!((&body["kind"], &body["city"]), (&json!("global"), &json!("Oxford")));
    assert_eq!(body["country"]["iso_code"], "GB");
    assert_eq!(body["source"]["database"], "Folkmoot-City");
    assert_eq!(caller.get("/v1/geo/ip/::ffff:81.2.69.142").await.json(), body);
    assert_eq!(caller.get("/v1/geo/ip/2a02::1").await.json()["kind"], "unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_database_ordinary_addresses_are_unknown_and_nothing_fails() {
    let app = TestApp::<Geolocation>::start(&[]).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let unknown = caller.get("/v1/geo/ip/81.2.69.142").await;
    assert_eq!((unknown.status, &unknown.json()["kind"]), (200, &json!("unknown")));
    let private = caller.get("/v1/geo/ip/fd00::1").await.json();
    assert_eq!(
        (&private["kind"], &private["range"]["rfc"]),
        (&json!("private"), &json!("RFC 4193"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_an_address_is_reported_by_its_field_and_not_repeated() {
    let app = TestApp::<Geolocation>::start(&[]).await;
    let caller = app.caller(&[scopes::GEO_READ]);
    let long = "1".repeat(4_000);
    for text in
        ["1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "fe80::1%25eth0", "ada", "%20", &long]
    {
        let path = [("ip", format!("/v1/geo/ip/{text}")), ("host", keycdn(text))];
        for (field, path) in path {
            let answer = caller.get(&path).await;
            assert_eq!(answer.status, 422, "{text}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let invalid = &answer.json()["errors"][0];
            assert_eq!(
                (&invalid["pointer"], &invalid["code"]),
                (&json!(field), &json!("malformed"))
            );
            assert!(!answer.text.contains("ada"));
        }
    }
}

fn keycdn(host: &str) -> String {
    format!("/v1/geo/geo.json?host={host}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_who_has_no_token_or_a_wrong_one() {
    let app = TestApp::<Geolocation>::start(&[]).await;
    let reader = app.caller(&[scopes::GEO_READ]);
    let stranger = app.caller(&[scopes::TENANT_READ]);
    let elsewhere = app.fakes.token(&app.clock, "postcodes", reader.tenant_id, scopes::GEO_READ);
    let elsewhere = app.caller_with_token(reader.tenant_id, Some(elsewhere));
    let routes = Geolocation::routes();
    assert!(!routes.specs().is_empty());
    for spec in routes.specs() {
        let path = spec.path.replace("{ip}", "192.0.2.1");
        let query = match spec.path.rsplit('/').next().unwrap() {
            "geo.json" => "?host=192.0.2.1",
            "search" | "autocomplete" => "?q=Oxford",
            "reverse" => "?lon=-1.25&lat=51.75",
            _ => "",
        };
        let path = format!("{path}{query}");
        let method = Method::from_bytes(spec.method.as_str().as_bytes()).unwrap();
        let (mut statuses, body) = (Vec::new(), json!({"ips": ["192.0.2.1"]}));
        for caller in [&reader, &reader.anonymous(), &elsewhere, &stranger] {
            let request = caller.request(method.clone(), &path);
            let request = if method == Method::POST { request.json(&body) } else { request };
            statuses.push(caller.send(request).await.status);
        }
        assert_eq!(statuses, [200, 401, 401, 403], "{method} {path}");
        assert_eq!(reader.delete(&path).await.status, 405, "no such method: {path}");
    }
}
