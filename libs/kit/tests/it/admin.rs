//! The admin port, as an orchestrator and a scraper see it.

use std::time::Duration;

use kit::telemetry::{self, TelemetryConfig};
use serde_json::Value;
use testkit::app::TestApp;

use crate::notes::Notes;

async fn ask(app: &TestApp<Notes>, path: &str) -> (u16, String) {
    let http = kit::client::plain(Duration::from_secs(10)).unwrap();
    let url = format!("http://{}{path}", app.running.admin_addr);
    let response = http.get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_service_is_alive_ready_and_tells_its_version() {
    let app = TestApp::<Notes>::start(&[]).await;
    assert_eq!(ask(&app, "/livez").await, (200, "alive".to_owned()));
    let (status, body) = ask(&app, "/readyz").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    let checks = serde_json::json!({ "postgres": "ok", "kafka": "ok" });
    let wanted = serde_json::json!({ "service": "notes", "ready": true, "checks": checks });
    assert_eq!((status, body), (200, wanted));
    let (status, version) = ask(&app, "/version").await;
    let version: Value = serde_json::from_str(&version).unwrap();
    assert_eq!((status, &version["service"]), (200, &Value::from("notes")));
    assert!(version["version"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_without_kafka_is_alive_but_not_ready_and_names_the_fault() {
    let app = TestApp::<Notes>::start(&[("KAFKA_BROKERS", "127.0.0.1:1")]).await;
    assert_eq!(ask(&app, "/livez").await.0, 200);
    let (status, body) = ask(&app, "/readyz").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["ready"]), (503, &Value::from(false)));
    assert_eq!(body["checks"]["postgres"], "ok");
    assert_ne!(body["checks"]["kafka"], "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_transactions_are_measured_by_route_and_name() {
    telemetry::init(&TelemetryConfig { log: "off".to_owned(), otlp_endpoint: None }).unwrap();
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(&["notes:read"]);
    let id = kit::id::Ids.next();
    assert_eq!(caller.get("/v1/notes").await.status, 200);
    assert_eq!(caller.get(&format!("/v1/notes/{id}")).await.status, 404);
    let (status, text) = ask(&app, "/metrics").await;
    assert_eq!(status, 200);
    let has = |parts: &[&str]| text.lines().any(|line| parts.iter().all(|p| line.contains(p)));
    let requests = "http_server_request_duration_seconds_count";
    assert!(has(&[requests, r#"service="notes""#, r#"route="/v1/notes/{id}""#, r#"status="404""#]));
    assert!(has(&["folkmoot_tx_seconds_count", r#"tx="note.list""#, r#"ok="true""#]));
    assert!(!text.contains(&id.to_string()), "ids are no labels");
}
