//! Every route of the table against callers who may not, and the service without its data.

use kit::route::Access;
use kit::service::Service as _;
use postcodes::Postcodes;
use serde_json::Value;
use testkit::app::TestApp;

use crate::support;

/// Every path of the routing table, with its parameter filled in.
fn paths() -> Vec<(String, Access)> {
    let routes = Postcodes::routes();
    let specs = routes.specs().iter();
    specs.map(|spec| (spec.path.replace("{postcode}", "OX41AA"), spec.access)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_who_has_no_token_or_a_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let stranger = app.caller(&["tenant:read", "campaigns:read"]);
    let reader = app.caller(&["geo:read"]);
    let elsewhere = app.fakes.token(&app.clock, "campaigns", reader.tenant_id, "geo:read");
    let elsewhere = app.caller_with(reader.tenant_id, Some(elsewhere));
    let webhooks =
        app.caller_with(reader.tenant_id, Some(support::workload("webhooks", &app.clock)));
    for (path, access) in paths() {
        assert_eq!(reader.anonymous().get(&path).await.status, 401, "no token: {path}");
        assert_eq!(elsewhere.get(&path).await.status, 401, "token for another service: {path}");
        assert_eq!(stranger.get(&path).await.status, 403, "token without the scope: {path}");
        let is_internal = matches!(access, Access::Services(_));
        let gateway = if is_internal { 403 } else { 200 };
        assert_eq!(reader.get(&path).await.status, gateway, "token of the gateway: {path}");
        let service = if is_internal { 403 } else { 401 };
        assert_eq!(webhooks.get(&path).await.status, service, "another service: {path}");
        assert_eq!(reader.delete(&path).await.status, 405, "no such method: {path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let app = support::start(&folder).await;
    let reader = app.caller(&["geo:read"]);
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
        (None, "FOLKMOOT_POSTCODES_FILE names no file"),
        (Some(&missing), "cannot read the postcode dataset"),
        (Some(&damaged), "is damaged: import the dataset again"),
    ] {
        let settings = file.map(|file| ("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap()));
        let app = support::start_with(&settings.into_iter().collect::<Vec<_>>()).await;
        let reader = app.caller(&["geo:read"]);
        let campaigns =
            app.caller_with(reader.tenant_id, Some(support::workload("campaigns", &app.clock)));
        for (path, access) in paths() {
            let caller = if matches!(access, Access::Services(_)) { &campaigns } else { &reader };
            let answer = caller.get(&path).await;
            assert_eq!(answer.status, 503, "{path}");
            assert_eq!(answer.json()["title"], "data not loaded");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let (status, told) = readyz(&app).await;
        assert_eq!(status, 503);
        let told = told["checks"]["directory"].as_str().unwrap();
        assert!(told.contains(reason), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_its_data_the_service_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let (status, told) = readyz(&support::start(&folder).await).await;
    assert_eq!((status, &told["checks"]["directory"]), (200, &Value::from("ok")));
}

async fn readyz(app: &TestApp<Postcodes>) -> (u16, Value) {
    let http = kit::client::plain(std::time::Duration::from_secs(20)).unwrap();
    let url = format!("http://{}/readyz", app.running.admin_addr);
    let answer = http.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
}
