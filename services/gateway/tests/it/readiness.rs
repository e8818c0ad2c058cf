//! Once it has reached identity, the gateway needs none of its dependencies to serve: it reports them, and goes on.

use std::sync::atomic::Ordering::Relaxed;

use serde_json::json;
use testkit::wait::eventually;

use crate::support::{Suite, suite, suite_with};

/// A busy machine may answer the first check too late.
async fn reach_identity(suite: &Suite) {
    let is_ready = async || (suite.app.readiness().await.0 == 200).then_some(());
    eventually("readiness", is_ready).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_starts_and_is_ready_without_kafka_which_it_does_not_use() {
    let suite = suite().await;
    reach_identity(&suite).await;
    let ok = json!({ "status": "ok" });
    let checks = json!({ "postgres": ok, "redis": ok, "identity": ok });
    // A busy machine may answer one check too late.
    eventually("all checks", async || {
        let (status, body) = suite.app.readiness().await;
        assert_eq!(status, 200, "{body}");
        (body["checks"] == checks).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_and_identity_the_gateway_is_degraded_and_ready() {
    // Nobody listens on port 1.
    let suite = suite_with(&[("REDIS_URL", "redis://127.0.0.1:1")]).await;
    reach_identity(&suite).await;
    let is_degraded = async |names: &[&str]| {
        let (status, body) = suite.app.readiness().await;
        assert_eq!((status, &body["failed"]), (200, &json!([])), "{body}");
        (body["degraded"] == json!(names)).then_some(())
    };
    eventually("identity", async || is_degraded(&["redis"]).await).await;
    suite.services.identity_down.store(true, Relaxed);
    eventually("its outage", async || is_degraded(&["redis", "identity"]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_has_never_reached_identity_is_not_ready() {
    let suite = suite_with(&[("FOLKMOOT_IDENTITY_URL", "http://127.0.0.1:1")]).await;
    let (status, body) = suite.app.readiness().await;
    assert_eq!((status, &body["failed"]), (503, &json!(["identity"])), "{body}");
}
