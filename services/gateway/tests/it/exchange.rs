//! From a key to an internal token, and everything that is refused on the way.

use std::sync::atomic::Ordering;

use contracts::scopes;
use kit::auth::verifier::Verifier;

use crate::support::{ORIGIN, get_with, suite};

const PATH: &str = "/v1/geo/postcodes/SW1A1AA";
const VERIFY: &str = "/internal/v1/credentials/verify";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_becomes_a_token_that_the_called_service_and_no_other_accepts() {
    let suite = suite().await;
    let caller = suite.key("sk", &[scopes::GEO_READ, scopes::USERS_READ]);
    assert_eq!(caller.get(PATH).await.status, 200);
    let seen = suite.services.seen();
    let token = seen[0].headers["authorization"].strip_prefix("Bearer ").unwrap().to_owned();
    assert!(!token.starts_with("sk_"));
    let jwks = format!("{}/internal/v1/jwks.json", suite.url());
    let verifier = |audience: &str| {
        let clock = suite.app.clock.clone();
        Verifier::new(audience, r#"{"keys":[]}"#, jwks.clone(), clock).unwrap()
    };
    let claims = verifier("postcodes").verify(&token).await.unwrap();
    assert_eq!(claims.tenant, Some(caller.tenant_id));
    assert!(claims.has("geo:read") && claims.has("users:read"));
    assert_eq!(claims.actor_kind, "api_key");
    assert!(verifier("identity").verify(&token).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_credential_works_while_identity_is_unavailable_and_a_new_one_waits() {
    let suite = suite().await;
    let known = suite.key("sk", &[scopes::GEO_READ]);
    let fresh = suite.key("sk", &[scopes::GEO_READ]);
    assert_eq!(known.get(PATH).await.status, 200);
    suite.services.identity_down.store(true, Ordering::Relaxed);
    assert_eq!(known.get(PATH).await.status, 200);
    let refused = fresh.get(PATH).await;
    assert_eq!(refused.status, 503);
    assert!(!refused.header("retry-after").is_empty());
    suite.services.identity_down.store(false, Ordering::Relaxed);
    assert_eq!(fresh.get(PATH).await.status, 200);
    assert_eq!(suite.services.asked_identity(VERIFY), 3);
}

/// A gateway whose clock is wrong must not report to callers that their keys are not valid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_waits_while_identity_does_not_accept_the_gateways_own_credential() {
    let suite = suite().await;
    let caller = suite.key("sk", &[scopes::GEO_READ]);
    suite.services.answer(VERIFY, 401, &serde_json::json!({}));
    let refused = caller.get(PATH).await;
    assert_eq!(refused.status, 503);
    assert!(!refused.header("retry-after").is_empty());
    suite.services.answers.lock().unwrap().clear();
    assert_eq!(caller.get(PATH).await.status, 200, "the refusal was not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_and_foreign_credentials_are_refused_and_asked_for_once() {
    let suite = suite().await;
    let stranger = suite.app.caller_with_token(uuid::Uuid::nil(), Some("sk_unknown".to_owned()));
    for _ in 0..3 {
        assert_eq!(stranger.get(PATH).await.status, 401);
    }
    assert_eq!(suite.services.asked_identity(VERIFY), 1);
    let internal =
        suite.app.fakes.token(&suite.app.clock, "gateway", kit::id::Ids.next(), scopes::GEO_READ);
    let forged = suite.app.caller_with_token(uuid::Uuid::nil(), Some(internal));
    assert_eq!(forged.get(PATH).await.status, 401);
    assert!(suite.services.seen().is_empty());
}

/// Promise 000-40
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishable_keys_are_held_to_public_verbs_and_their_origins() {
    let suite = suite().await;
    let key = suite.key("pk", &[scopes::GEO_READ, scopes::USERS_READ]);
    assert_eq!(key.get(PATH).await.status, 200);
    assert_eq!(get_with(&key, PATH, &[("origin", ORIGIN)]).await.status, 200);
    let elsewhere = get_with(&key, PATH, &[("origin", "https://evil.example")]).await;
    assert_eq!(elsewhere.status, 403);
    assert_eq!(elsewhere.json()["code"], "origin_not_allowed");
    let private = key.get("/v1/users").await;
    assert_eq!(private.json()["code"], "publishable_key_not_allowed");
    let secret = suite.key("sk", &[scopes::GEO_READ]);
    let in_browser = get_with(&secret, PATH, &[("origin", ORIGIN)]).await;
    assert_eq!(in_browser.json()["code"], "secret_key_in_browser");
}
