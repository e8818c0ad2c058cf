//! Signing in, calling, renewing, signing out.

use std::sync::atomic::Ordering;

use chrono::Duration;
use contracts::scopes;
use kit::id::Ids;
use serde_json::{Value, json};
use testkit::caller::Caller;

use crate::support::{ORIGIN, Suite, get_with, suite};

pub(crate) fn grant(suite: &Suite, scopes: &[&str]) -> Value {
    let grant = json!({
        "principal": {
            "tenant_id": Ids.next(), "actor_id": Ids.next(), "actor_kind": "user",
            "scopes": scopes, "origins": [], "publishable": false, "test": false,
        },
        "session_id": Ids.next(),
        "refresh_token": "next",
    });
    suite.services.answer("/internal/v1/sessions", 200, &grant);
    suite.services.answer("/internal/v1/sessions/refresh", 200, &grant);
    suite.services.answer("/internal/v1/sessions/revoke", 204, &Value::Null);
    suite.services.answer("/internal/v1/sessions/alive", 200, &grant["principal"]);
    grant
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_calls_with_its_scopes_for_ten_minutes() {
    let suite = suite().await;
    let grant = grant(&suite, &[scopes::USERS_READ]);
    let nobody = suite.nobody();
    let body =
        json!({"email": "a@example.org", "password": "correct horse battery", "tenant": "t"});
    let answer = nobody.post("/v1/sessions", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let session = answer.json();
    assert_eq!(session["expires_in"], 600);
    assert_eq!(session["refresh_token"], "next");
    assert_eq!(session["tenant_id"], grant["principal"]["tenant_id"]);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = session["access_token"].as_str().unwrap().to_owned();
    let caller = suite.app.caller_with_token(Ids.next(), Some(token));
    assert_eq!(caller.get("/v1/users").await.status, 200);
    assert_eq!(get_with(&caller, "/v1/users", &[("origin", ORIGIN)]).await.status, 200);
    let elsewhere = get_with(&caller, "/v1/users", &[("origin", "https://evil.example")]).await;
    assert_eq!(elsewhere.status, 403);
    assert_eq!(caller.get("/v1/api-keys").await.status, 403);
    suite.app.clock.advance(Duration::minutes(10));
    assert_eq!(caller.get("/v1/users").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_never_say_why_and_invalid_fields_are_named() {
    let suite = suite().await;
    suite.services.answer("/internal/v1/sessions", 401, &json!({"code": "x"}));
    let nobody = suite.nobody();
    let body = json!({"email": "a@example.org", "password": "wrong"});
    let refused = nobody.post("/v1/sessions", &body).await;
    assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("invalid_credentials")));
    let faulty = nobody.post("/v1/sessions", &json!({"email": 1, "password": "x"})).await;
    assert_eq!((faulty.status, &faulty.json()["errors"][0]["pointer"]), (422, &json!("/email")));
    let unknown = json!({"email": "a", "password": "b", "admin": true});
    assert_eq!(nobody.post("/v1/sessions", &unknown).await.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_renewed_and_ended() {
    let suite = suite().await;
    let _ = grant(&suite, &[scopes::USERS_READ]);
    let nobody = suite.nobody();
    let token = json!({"refresh_token": "last"});
    let renewed = nobody.post("/v1/sessions/refresh", &token).await;
    assert_eq!((renewed.status, &renewed.json()["refresh_token"]), (200, &json!("next")));
    let access = renewed.json()["access_token"].as_str().unwrap().to_owned();
    let caller = suite.app.caller_with_token(Ids.next(), Some(access));
    assert_eq!(caller.get("/v1/users").await.status, 200);
    let ended = caller.post("/v1/sessions/revoke", &token).await;
    assert_eq!(ended.status, 204, "{}", ended.text);
    assert_eq!(caller.get("/v1/users").await.status, 401);
}

async fn signed_in(suite: &Suite) -> Caller {
    let body = json!({"email": "a@example.org", "password": "correct horse battery"});
    let session = suite.nobody().post("/v1/sessions", &body).await.json();
    let token = session["access_token"].as_str().unwrap().to_owned();
    suite.app.caller_with_token(Ids.next(), Some(token))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_of_a_session_that_has_ended_opens_nothing() {
    let suite = suite().await;
    let mut grant = grant(&suite, &[scopes::USERS_READ]);
    let alive = "/internal/v1/sessions/alive";
    let known = signed_in(&suite).await;
    assert_eq!(known.get("/v1/users").await.status, 200);
    assert_eq!(known.get("/v1/users").await.status, 200);
    assert_eq!(suite.services.asked_identity(alive), 1, "once a minute");
    // Tokens made in the same second are the same text; the clock keeps these apart.
    suite.app.clock.advance(Duration::seconds(1));
    let fresh = signed_in(&suite).await;

    suite.services.identity_down.store(true, Ordering::Relaxed);
    assert_eq!(known.get("/v1/users").await.status, 200, "goes on for its minute");
    let refused = fresh.get("/v1/users").await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    suite.services.identity_down.store(false, Ordering::Relaxed);

    grant["principal"]["scopes"] = json!([scopes::GEO_READ]);
    suite.services.answer(alive, 200, &grant["principal"]);
    assert_eq!(fresh.get("/v1/users").await.status, 403, "what they may do now");
    suite.app.clock.advance(Duration::seconds(1));
    let revoked = signed_in(&suite).await;
    suite.services.answer(alive, 404, &json!({"code": "not_found"}));
    assert_eq!(revoked.get("/v1/users").await.status, 401);
}
