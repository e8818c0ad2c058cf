//! Every route of the table against callers who may not, and the service without its data.

use contracts::scopes;
use kit::http::routes::{Access, RouteSpec};
use kit::service::Service as _;
use postcodes::Postcodes;
use reqwest::Method;
use serde_json::json;
use testkit::caller::Caller;

use crate::support;

/// Every line of the routing table with its path's parameters filled in, but the answers to preflights.
fn lines() -> Vec<(Method, String, Access)> {
    let routes = Postcodes::routes();
    let specs = routes.specs().iter().filter(|spec| spec.method != "OPTIONS");
    let line = |spec: &RouteSpec| {
        let method = Method::from_bytes(spec.method.as_str().as_bytes()).unwrap();
        (method, filled(spec.path), spec.access)
    };
    specs.map(line).collect()
}

fn filled(path: &str) -> String {
    let values = [
        ("{postcode}", "OX41AA"),
        ("{outcode}", "OX4"),
        ("{code}", "osgb4000000000000001"),
        ("{longitude}", "-1.2165"),
        ("{latitude}", "51.752"),
        ("{operation}", "lookup"),
        ("{prefix}", "71b6"),
        ("{gss_code}", "E14001419"),
        ("{kind}", "constituency"),
        ("{z}/{x}/{y}", "5/15/10"),
    ];
    let path = values.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    assert!(!path.contains('{'), "no value for a parameter of {path}");
    match path.as_str() {
        "/internal/v1/postcodes/starting" => format!("{path}?with=OX4&limit=10"),
        "/internal/v1/postcodes/near" => {
            format!("{path}?longitude=-1.2165&latitude=51.752&radius_m=100&limit=10")
        }
        "/v1/geo/distance" => format!("{path}?from=OX41AA&to=OX41AA"),
        _ => path,
    }
}

/// Status of a request without a body.
async fn status(caller: &Caller, method: &Method, path: &str) -> u16 {
    caller.send(caller.request(method.clone(), path)).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_who_has_no_token_or_a_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let stranger = app.caller(&[scopes::TENANT_READ, scopes::CAMPAIGNS_READ]);
    let reader = app.caller(&[scopes::GEO_READ]);
    let elsewhere = app.fakes.token(&app.clock, "campaigns", reader.tenant_id, scopes::GEO_READ);
    let elsewhere = app.caller_with_token(reader.tenant_id, Some(elsewhere));
    let webhooks =
        app.caller_with_token(reader.tenant_id, Some(support::workload("webhooks", &app.clock)));
    for (method, path, access) in lines() {
        let request = format!("{method} {path}");
        let status = async |caller: &Caller| status(caller, &method, &path).await;
        if access == Access::Open {
            assert!(!path.starts_with("/v1/"), "{request}");
            assert!(![401, 403].contains(&status(&reader.anonymous()).await), "{request}");
            continue;
        }
        assert_eq!(status(&reader.anonymous()).await, 401, "no token: {request}");
        assert_eq!(status(&elsewhere).await, 401, "token for another service: {request}");
        assert_eq!(status(&stranger).await, 403, "token without the scope: {request}");
        let is_internal = matches!(access, Access::Services(_));
        let by_gateway = status(&reader).await;
        assert_eq!(by_gateway == 403, is_internal, "token of the gateway: {request}: {by_gateway}");
        let by_service = if is_internal { 403 } else { 401 };
        assert_eq!(status(&webhooks).await, by_service, "another service: {request}");
        assert_eq!(reader.delete(&path).await.status, 405, "no such method: {request}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let reader = app.caller(&[scopes::GEO_READ]);
    assert_eq!(reader.get("/v1/geo/datasets").await.status, 200);
    app.clock.advance(support::a_minute_and_a_second());
    assert_eq!(reader.get("/v1/geo/datasets").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_data_every_route_answers_503_and_readyz_gives_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.bin");
    let damaged = support::write_small(&folder);
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes.truncate(bytes.len() - 1);
    std::fs::write(&damaged, bytes).unwrap();
    for (file, reason) in [
        (None, "FOLKMOOT_POSTCODES_FILE is not set"),
        (Some(&missing), "failed to read the postcode dataset"),
        (Some(&damaged), "is damaged: import the postcode dataset again"),
    ] {
        let settings = file.map(|file| ("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap()));
        let app = support::start_with(&settings.into_iter().collect::<Vec<_>>()).await;
        let reader = app.caller(&[scopes::GEO_READ]);
        let of = |access| match access {
            Access::Services(&[service]) => app
                .caller_with_token(reader.tenant_id, Some(support::workload(service, &app.clock))),
            _ => reader.clone(),
        };
        for (method, path, access) in lines().into_iter().filter(|(_, path, _)| needs_data(path)) {
            let caller = of(access);
            let request = caller.request(method.clone(), &path);
            let body = json!({"text": "x"});
            let request = if method == Method::POST { request.json(&body) } else { request };
            let answer = caller.send(request).await;
            assert_eq!(answer.status, 503, "{path}");
            assert_eq!(answer.json()["title"], "The postcode data is not loaded yet");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let (status, body) = app.readiness().await;
        assert_eq!((status, &body["failed"]), (503, &json!(["directory"])));
        let detail = body["checks"]["directory"]["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_its_data_the_service_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let (status, body) = support::start(&folder).await.readiness().await;
    assert_eq!((status, &body["checks"]), (200, &json!({"directory": {"status": "ok"}})));
}

/// Whether a path is answered from the data: all but the sign of life.
fn needs_data(path: &str) -> bool {
    !path.ends_with("/ping")
}
