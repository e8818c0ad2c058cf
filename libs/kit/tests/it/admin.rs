//! The admin port, as an orchestrator and a scraper see it.

use std::{net::SocketAddr, time::Duration};

use kit::{
    clock::Clock,
    config::Env,
    service::{self, AdminConfig, AdminPort, Background},
    telemetry::{self, TelemetryConfig},
};
use serde_json::{Value, json};
use testkit::{app::TestApp, wait::eventually};
use tokio_util::sync::CancellationToken;

use crate::{
    notes::{Notes, READ, WRITE},
    support::{DatabaseProxy, Shared},
};

async fn get(admin: SocketAddr, path: &str) -> (u16, String) {
    let http = kit::client::plain::build(Duration::from_secs(10)).unwrap();
    let response = http.get(format!("http://{admin}{path}")).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn get_admin(app: &TestApp<Notes>, path: &str) -> (u16, String) {
    get(app.running.admin_addr, path).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_service_is_alive_and_ready_and_reports_its_version() {
    let app = TestApp::<Notes>::start(&[]).await;
    assert_eq!(get_admin(&app, "/livez").await, (200, "alive".to_owned()));
    let ok = json!({ "status": "ok" });
    let expected = json!({
        "service": "notes", "status": "ok", "ready": true, "degraded": [], "failed": [],
        "checks": { "postgres": ok, "kafka": ok },
    });
    // On a busy machine a check may time out.
    eventually("a healthy report", async || {
        (app.readiness().await == (200, expected.clone())).then_some(())
    })
    .await;
    let (status, version) = get_admin(&app, "/version").await;
    let version: Value = serde_json::from_str(&version).unwrap();
    assert_eq!((status, &version["service"]), (200, &Value::from("notes")));
    assert!(version["version"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_kafka_a_service_is_ready_but_degraded_in_the_report_and_the_metrics() {
    telemetry::init(&TelemetryConfig { log: "off".to_owned(), otlp_endpoint: None }).unwrap();
    let app = TestApp::<Notes>::start(&[("KAFKA_BROKERS", "127.0.0.1:1")]).await;
    assert_eq!(get_admin(&app, "/livez").await.0, 200);
    let (status, body) = app.readiness().await;
    assert_eq!((status, &body["ready"], &body["status"]), (200, &json!(true), &json!("degraded")));
    assert_eq!((&body["degraded"], &body["failed"]), (&json!(["kafka"]), &json!([])));
    assert_eq!(body["checks"]["postgres"], json!({ "status": "ok" }));
    assert_eq!(body["checks"]["kafka"]["status"], "degraded");
    assert!(!body["checks"]["kafka"]["detail"].as_str().unwrap().is_empty(), "{body}");
    // Other tests of this process set the same gauge; a scrape runs the checks of its own service first.
    let gauge = r#"folkmoot_check_status{service="notes",check="kafka"} 1"#;
    eventually("the gauge", async || {
        let (_, text) = get_admin(&app, "/metrics").await;
        text.lines().any(|line| line == gauge).then_some(())
    })
    .await;
    let caller = app.caller(&[WRITE]);
    assert_eq!(caller.post("/v1/notes", &json!({ "text": "later" })).await.status, 201);
    assert_eq!(app.outbox().await.len(), 1, "its event waits for Kafka");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_a_service_is_not_ready_until_it_returns() {
    let (shared, mut database) = (Shared::new().await, DatabaseProxy::new());
    database.open().await;
    let url = database.url_of(&shared.db.url);
    let replica = shared.replica_with(&[("FOLKMOOT_NOTES_DATABASE_URL", &url)]).await;
    let admin = replica.running.as_ref().unwrap().admin_addr;
    let readyz = async |status: u16| {
        eventually("readiness", async || {
            let (found, body) = get(admin, "/readyz").await;
            (found == status).then(|| serde_json::from_str::<Value>(&body).unwrap())
        })
        .await
    };
    assert_eq!(readyz(200).await["checks"]["postgres"], json!({ "status": "ok" }));
    database.close().await;
    let body = readyz(503).await;
    assert_eq!((&body["ready"], &body["status"]), (&json!(false), &json!("failed")));
    assert_eq!(body["failed"], json!(["postgres"]));
    assert_eq!(get(admin, "/livez").await.0, 200, "a restart would not help");
    database.open().await;
    readyz(200).await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_transactions_are_measured_by_route_and_name() {
    telemetry::init(&TelemetryConfig { log: "off".to_owned(), otlp_endpoint: None }).unwrap();
    let app = TestApp::<Notes>::start(&[]).await;
    let caller = app.caller(&[READ]);
    let id = kit::id::Ids.next();
    assert_eq!(caller.get("/v1/notes").await.status, 200);
    assert_eq!(caller.get(&format!("/v1/notes/{id}")).await.status, 404);
    let (status, text) = get_admin(&app, "/metrics").await;
    assert_eq!(status, 200);
    let has = |parts: &[&str]| text.lines().any(|line| parts.iter().all(|p| line.contains(p)));
    let requests = "http_server_request_duration_seconds_count";
    assert!(has(&[requests, r#"service="notes""#, r#"route="/v1/notes/{id}""#, r#"status="404""#]));
    assert!(has(&["folkmoot_tx_seconds_count", r#"tx="note.list""#, r#"ok="true""#]));
    assert!(!text.contains(&id.to_string()), "ids must not be labels");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_of_one_process_share_an_admin_port_that_reports_each() {
    let (shared, stop) = (Shared::new().await, CancellationToken::new());
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = AdminConfig { listen, drain: Duration::ZERO };
    let (port, closed) = AdminPort::open(&config, &["notes", "drafts"], stop.clone()).unwrap();
    let report = async |path| {
        let (status, body) = get(port.addr, path).await;
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let starting = |service| json!({"service": service, "status": "starting", "ready": false});
    let services = json!({"notes": starting("notes"), "drafts": starting("drafts")});
    let expected = json!({"status": "starting", "ready": false, "services": services});
    assert_eq!(report("/readyz").await, (503, expected));

    let (env, clock) = (Env::from_pairs(shared.settings()), Clock::default());
    let (off, admin) = (Background::Off, port.clone());
    let start = service::start_with_others::<Notes>(env, clock, off, admin, stop.clone());
    let running = start.await.unwrap();
    assert_eq!(running.admin_addr, port.addr);
    assert_eq!(report("/readyz/notes").await.0, 200);
    assert_eq!(report("/readyz/drafts").await, (503, starting("drafts")));
    assert_eq!(report("/readyz").await.0, 503, "one of the two is not ready");
    assert_eq!(report("/readyz/nothing").await.0, 404);
    stop.cancel();
    running.stopped().await;
    closed.await.unwrap();
}
