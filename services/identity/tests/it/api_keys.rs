//! API keys: shown once, held to their kind, revoked for good.

use chrono::Duration;
use identity::{
    api_keys::domain::KeyKind,
    workflow::{create_api_key, create_tenant},
};
use serde_json::{Value, json};
use testkit::caller::Response;

use crate::support::{Suite, suite};

async fn verify(suite: &Suite, key: &str) -> Response {
    let body = json!({ "kind": "api_key", "key": key });
    suite.gateway().post("/internal/v1/credentials/verify", &body).await
}

fn site() -> Value {
    json!({
        "kind": "publishable", "name": "our site", "scopes": ["campaigns:public", "actions:create"],
        "origins": ["https://Rivers.example:443"],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_shown_once_opens_its_tenant_and_dies_when_revoked() {
    let suite = suite().await;
    let made = suite.owner().post("/v1/api-keys", &site()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.header("cache-control"), "no-store");
    let (id, key) = (made.json()["id"].clone(), made.json()["secret"].clone());
    let (id, key) = (id.as_str().unwrap(), key.as_str().unwrap());
    assert!(key.starts_with("pk_live_"));

    let principal = verify(&suite, key).await.json();
    assert_eq!(principal["tenant_id"], json!(suite.rivers.tenant_id));
    assert_eq!((&principal["actor_id"], &principal["actor_kind"]), (&json!(id), &json!("api_key")));
    assert_eq!(principal["origins"], json!(["https://rivers.example"]));
    assert_eq!((&principal["publishable"], &principal["test"]), (&json!(true), &json!(false)));
    let origins = suite.gateway().get("/internal/v1/origins").await.json();
    assert_eq!(origins, json!(["https://rivers.example"]));

    let list = suite.owner().get("/v1/api-keys").await;
    assert!(!list.text.contains(key) && !list.text.contains("secret\":"), "{}", list.text);
    assert!(list.json()["data"][0]["last_used_at"].is_string());

    let path = format!("/v1/api-keys/{id}");
    assert_eq!(suite.owner().delete(&path).await.status, 204);
    assert_eq!(suite.owner().delete(&path).await.status, 404);
    assert_eq!(verify(&suite, key).await.status, 404);
    assert_eq!(suite.gateway().get("/internal/v1/origins").await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_sent_again_with_its_idempotency_key_makes_one_key() {
    let suite = suite().await;
    let owner = suite.owner();
    let send = async |idempotency_key: &str| {
        let request = owner.request("POST".parse().unwrap(), "/v1/api-keys").json(&site());
        owner.send(request.header("idempotency-key", idempotency_key)).await
    };
    let (first, again, other) = (send("k-1").await, send("\"k-1\"").await, send("k-2").await);
    assert_eq!((first.status, again.status, other.status), (201, 201, 201));
    assert_eq!(first.text, again.text, "the secret too");
    assert_eq!(again.header("cache-control"), "no-store");
    assert_ne!(first.json()["secret"], other.json()["secret"]);
    let listed = owner.get("/v1/api-keys").await.json()["data"].as_array().unwrap().len();
    let audited = owner.get("/v1/audit").await.text.matches("api_key.created").count();
    assert_eq!((listed, audited), (2, 2));
    assert_eq!(verify(&suite, first.json()["secret"].as_str().unwrap()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_use_is_written_at_most_once_an_hour() {
    let suite = suite().await;
    let key = suite.owner().post("/v1/api-keys", &site()).await.json()["secret"].clone();
    let used = async || {
        verify(&suite, key.as_str().unwrap()).await;
        suite.owner().get("/v1/api-keys").await.json()["data"][0]["last_used_at"].clone()
    };
    let first = used().await;
    suite.app.clock.advance(Duration::minutes(59));
    assert_eq!(used().await, first);
    suite.app.clock.advance(Duration::minutes(2));
    assert_ne!(used().await, first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_a_mistyped_and_an_unknown_key_open_nothing() {
    let suite = suite().await;
    let mut body = site();
    body["expires_at"] = json!(suite.app.clock.now() + Duration::hours(1));
    let key = suite.owner().post("/v1/api-keys", &body).await.json()["secret"].clone();
    let key = key.as_str().unwrap();
    assert_eq!(verify(&suite, key).await.status, 200);
    suite.app.clock.advance(Duration::hours(2));
    let expired = verify(&suite, key).await;
    assert_eq!(expired.status, 404);
    assert_eq!(expired.text, verify(&suite, &format!("{key}x")).await.text);
    assert_eq!(expired.text, verify(&suite, "").await.text);
    assert_eq!(suite.gateway().get("/internal/v1/origins").await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publishable_key_cannot_hold_secret_scopes_and_all_invalid_fields_are_reported_at_once() {
    let suite = suite().await;
    let body = json!({
        "kind": "publishable", "name": "", "scopes": ["geo:read", "actions:export"],
        "origins": ["https://a.example/path"],
    });
    let refused = suite.owner().post("/v1/api-keys", &body).await;
    assert_eq!(refused.status, 422);
    let errors = refused.json()["errors"].clone();
    let pointers: Vec<_> =
        errors.as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/name", "/scopes/1", "/origins/0"]);
    let managing = json!({ "kind": "secret", "name": "ci", "scopes": ["keys:write"] });
    assert_eq!(suite.owner().post("/v1/api-keys", &managing).await.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_a_key_that_can_do_more_than_they_can() {
    let suite = suite().await;
    let (tenant, user) = (suite.rivers.tenant_id, suite.rivers.user_id);
    let small = suite.user(tenant, user, &["keys:write", "geo:read"]);
    let body = json!({ "kind": "secret", "name": "ci", "scopes": ["geo:read", "actions:export"] });
    assert_eq!(small.post("/v1/api-keys", &body).await.status, 403);
    let body = json!({ "kind": "secret", "name": "ci", "scopes": ["geo:read"] });
    assert_eq!(small.post("/v1/api-keys", &body).await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_key_is_not_there() {
    let suite = suite().await;
    let id = suite.owner().post("/v1/api-keys", &site()).await.json()["id"].clone();
    let path = format!("/v1/api-keys/{}", id.as_str().unwrap());
    let other = create_tenant(
        suite.app.app(),
        "bees",
        "Save the Bees",
        "cy@bees.example",
        "Cy Hive",
        "seven herons on a pier",
    );
    let other = other.await.unwrap();
    let stranger = suite.user(other.tenant_id, other.user_id, crate::support::EVERYTHING);
    assert_eq!(stranger.delete(&path).await.status, 404);
    assert_eq!(stranger.get("/v1/api-keys").await.json()["data"], json!([]));
    assert_eq!(
        suite.owner().get("/v1/api-keys").await.json()["data"][0]["revoked_at"],
        json!(null)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_makes_keys_too() {
    let suite = suite().await;
    let (app, tenant_id) = (suite.app.app(), suite.rivers.tenant_id);
    let scopes = vec!["campaigns:read".to_owned()];
    let key = create_api_key(app, tenant_id, KeyKind::Secret, true, vec![], scopes, "demo");
    let key = key.await.unwrap();
    assert!(key.starts_with("sk_test_"));
    assert_eq!(verify(&suite, &key).await.json()["scopes"], json!(["campaigns:read"]));
    let nowhere = create_api_key(
        app,
        uuid::Uuid::from_u128(5),
        KeyKind::Publishable,
        true,
        vec![],
        vec!["geo:read".to_owned()],
        "demo",
    );
    assert!(nowhere.await.is_err());
}
