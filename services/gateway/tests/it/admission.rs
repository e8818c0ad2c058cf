//! Admission: whatever a network sends is counted, and callers with a limit of their own are not held back by it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::scopes;
use kit::id::Ids;
use reqwest::Method;
use serde_json::json;
use testkit::caller::{Caller, Response};

use crate::support::{ORIGIN, Suite, get_with, suite_with};

const PATH: &str = "/v1/geo/postcodes/SW1A1AA";
const VERIFY: &str = "/internal/v1/credentials/verify";

/// A gateway that reads the caller's network from X-Forwarded-For.
async fn scaled(scale: &str) -> Suite {
    let proxies = ("FOLKMOOT_TRUSTED_PROXIES", "127.0.0.0/8");
    suite_with(&[("FOLKMOOT_GATEWAY_LIMIT_SCALE", scale), proxies]).await
}

/// Sends from a network of documentation addresses.
async fn from(network: &str, caller: &Caller, method: Method, path: &str) -> Response {
    let request = caller.request(method, path).header("x-forwarded-for", format!("{network}.7"));
    caller.send(request).await
}

async fn get_from(network: &str, caller: &Caller, path: &str) -> Response {
    from(network, caller, Method::GET, path).await
}

/// The answers until one is 429, and that one, which must say when to come back and of which limit.
async fn until_refused(
    limit: &str,
    mut ask: impl AsyncFnMut() -> Response,
) -> (Vec<u16>, Response) {
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let answer = ask().await;
        if answer.status == 429 {
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.json()["code"], "rate_limited");
            assert_eq!(answer.json()["detail"], format!("limit: {limit}"));
            assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
            assert!(answer.header("ratelimit").contains(&format!("\"{limit}\";r=0")));
            assert!(answer.header("ratelimit-policy").contains(&format!("\"{limit}\";q=")));
            return (statuses, answer);
        }
        statuses.push(answer.status);
    }
    panic!("never refused: {statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_for_nothing_run_out_whatever_is_wrong_with_them() {
    // 12 a minute, refilled one every five seconds.
    let suite = scaled("0.1").await;
    let nobody = suite.nobody();
    let long = format!("{PATH}?{}", "x".repeat(5_000));
    let unlisted = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let heavy = [("x-filler", "x".repeat(17_000))];
    let plain = |method: &str, path: &str| {
        nobody.request(Method::from_bytes(method.as_bytes()).unwrap(), path)
    };
    let kinds = [
        (404, plain("GET", "/nowhere")),
        (404, plain("GET", "/v1/geo/postcodes/a%2Fb")),
        (404, plain("GET", "/v1/confirmations/not-a-link")),
        (405, plain("DELETE", "/v1/sessions")),
        (405, plain("PROPFIND", PATH)),
        (204, plain("OPTIONS", PATH)),
        (
            403,
            plain("OPTIONS", PATH)
                .header(unlisted[0].0, unlisted[0].1)
                .header(unlisted[1].0, unlisted[1].1),
        ),
        (401, plain("GET", PATH)),
        (401, plain("GET", PATH).header("authorization", "Basic YTpi")),
        (414, plain("GET", &long)),
        (431, plain("GET", PATH).header(heavy[0].0, &heavy[0].1)),
    ];
    for (n, (expected, request)) in kinds.into_iter().enumerate() {
        let request = request.header("x-forwarded-for", format!("198.51.{n}.7"));
        let ask = async || nobody.send(request.try_clone().unwrap()).await;
        let (statuses, refused) = until_refused("misses", ask).await;
        assert!((12..=14).contains(&statuses.len()), "{expected}: {statuses:?}");
        assert!(statuses.iter().all(|status| *status == expected), "{expected}: {statuses:?}");
        assert_eq!(refused.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(get_from("203.0.113", &nobody, "/nowhere").await.status, 404, "another network");
    assert!(suite.services.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_at_admission_can_be_read_by_the_page_that_caused_it() {
    let suite = scaled("0.01").await;
    let nobody = suite.nobody();
    let headers = [("origin", ORIGIN), ("x-forwarded-for", "203.0.113.1")];
    assert_eq!(get_with(&nobody, "/nowhere", &headers).await.status, 404);
    let refused = get_with(&nobody, "/nowhere", &headers).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("access-control-allow-origin"), ORIGIN);
    for name in ["RateLimit", "Retry-After"] {
        assert!(refused.header("access-control-expose-headers").contains(name), "{name}");
    }
}

/// A JWT with our key's name in its head and a signature that is not ours.
async fn forged(suite: &Suite) -> String {
    let keys = suite.nobody().get("/.well-known/jwks.json").await.json();
    let head = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": keys["keys"][0]["kid"]});
    let claims = json!({"iss": "gateway", "aud": "gateway", "sub": Ids.next(), "sid": Ids.next()});
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signature = URL_SAFE_NO_PAD.encode(Ids.bytes::<64>());
    format!("{}.{}.{signature}", part(&head), part(&claims))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_tokens_run_out() {
    // 6 a minute, refilled one every ten seconds.
    let suite = scaled("0.1").await;
    let forger = suite.app.caller_with_token(uuid::Uuid::nil(), Some(forged(&suite).await));
    let ask = async || get_from("198.51.100", &forger, "/v1/users").await;
    let (statuses, _refused) = until_refused("failed_credentials", ask).await;
    assert!((6..=8).contains(&statuses.len()), "{statuses:?}");
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(get_from("198.51.101", &forger, "/v1/users").await.status, 401, "another network");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessed_keys_run_out_before_identity_is_asked_and_valid_ones_cost_nothing() {
    let suite = scaled("0.1").await;
    for n in 0..20 {
        let key = suite.key("sk", &[scopes::GEO_READ]);
        assert_eq!(get_from("198.51.100", &key, PATH).await.status, 200, "{n}");
    }
    let guess = async || {
        let guess = format!("sk_{}", Ids.token::<24>());
        let caller = suite.app.caller_with_token(uuid::Uuid::nil(), Some(guess));
        get_from("198.51.100", &caller, PATH).await
    };
    let (statuses, _refused) = until_refused("failed_credentials", guess).await;
    assert!((6..=8).contains(&statuses.len()), "{statuses:?}");
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(suite.services.asked_identity(VERIFY), 20 + statuses.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_key_is_looked_up_once_and_still_counted() {
    let suite = scaled("0.1").await;
    let revoked = suite.app.caller_with_token(uuid::Uuid::nil(), Some("sk_revoked".to_owned()));
    let ask = async || get_from("198.51.100", &revoked, PATH).await;
    let (statuses, _refused) = until_refused("failed_credentials", ask).await;
    assert!((6..=8).contains(&statuses.len()), "{statuses:?}");
    assert_eq!(suite.services.asked_identity(VERIFY), 1);
}

/// A session of the fake identity, which any sign-in gets.
async fn session(suite: &Suite, network: &str) -> Caller {
    let principal = json!({
        "tenant_id": Ids.next(), "actor_id": Ids.next(), "actor_kind": "user",
        "scopes": [scopes::USERS_READ], "origins": [], "publishable": false, "test": false,
    });
    let grant = json!({"principal": principal, "session_id": Ids.next(), "refresh_token": "next"});
    suite.services.answer("/internal/v1/sessions", 200, &grant);
    suite.services.answer("/internal/v1/sessions/alive", 200, &principal);
    let nobody = suite.nobody();
    let email = format!("{}@example.org", Ids.token::<8>());
    let body = json!({"email": email, "password": "correct horse battery"});
    let request = nobody.request(Method::POST, "/v1/sessions").json(&body);
    let request = request.header("x-forwarded-for", format!("{network}.7"));
    let answer = nobody.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    suite.app.caller_with_token(Ids.next(), Some(token))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_shares_an_address_with_a_guesser_works_on() {
    let suite = scaled("0.1").await;
    let server = suite.key("sk", &[scopes::GEO_READ]);
    let page = suite.key("pk", &[scopes::GEO_READ]);
    for key in [&server, &page] {
        assert_eq!(get_from("198.51.100", key, PATH).await.status, 200);
    }
    let guess = async || {
        let guess = format!("sk_{}", Ids.token::<24>());
        let caller = suite.app.caller_with_token(uuid::Uuid::nil(), Some(guess));
        get_from("198.51.100", &caller, PATH).await
    };
    until_refused("failed_credentials", guess).await;
    for key in [&server, &page] {
        assert_eq!(get_from("198.51.100", key, PATH).await.status, 200, "known keys");
    }
    let colleague = session(&suite, "198.51.100").await;
    let answer = get_from("198.51.100", &colleague, "/v1/users").await;
    assert_eq!(answer.status, 200, "a token that we signed is no guess: {}", answer.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_not_a_guess() {
    let suite = scaled("0.1").await;
    let caller = session(&suite, "198.51.100").await;
    suite.app.clock.advance(chrono::Duration::minutes(10));
    for n in 0..20 {
        assert_eq!(get_from("198.51.100", &caller, "/v1/users").await.status, 401, "{n}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_uses_up_admission_and_callers_with_a_limit_of_their_own_pass() {
    // At admission 15 a minute, by secret key 30.
    let suite = scaled("0.005").await;
    let server = suite.key("sk", &[scopes::GEO_READ]);
    for n in 0..25 {
        let answer = get_from("198.51.100", &server, PATH).await;
        assert_eq!(answer.status, 200, "{n}: {}", answer.text);
    }
    let nobody = suite.nobody();
    let mut statuses = Vec::new();
    for _ in 0..15 {
        statuses.push(get_from("198.51.100", &nobody, "/nowhere").await.status);
    }
    assert_eq!(statuses[0], 404, "what the server sent was refunded");
    let ask = async || get_from("198.51.100", &nobody, "/docs").await;
    until_refused("requests", ask).await;
    for _ in 0..4 {
        assert_eq!(get_from("198.51.100", &server, PATH).await.status, 200);
    }
    let after = get_from("198.51.100", &nobody, "/docs").await;
    assert!(after.text.contains("limit: requests"), "nothing uncounted comes back: {}", after.text);
    let stranger = suite.key("sk", &[scopes::GEO_READ]);
    assert_eq!(get_from("198.51.100", &stranger, PATH).await.status, 429, "never seen before");
    assert_eq!(get_from("198.51.101", &stranger, PATH).await.status, 200, "another network");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_of_a_page_are_never_stopped_at_their_preflights() {
    // At admission 300 a minute, misses 12.
    let suite = scaled("0.1").await;
    let nobody = suite.nobody();
    for n in 0..100 {
        let request = nobody
            .request(Method::OPTIONS, PATH)
            .header("origin", ORIGIN)
            .header("access-control-request-method", "GET")
            .header("x-forwarded-for", "198.51.100.7");
        assert_eq!(nobody.send(request).await.status, 204, "{n}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_without_permission_use_up_their_limit() {
    // By network 15 a minute.
    let suite = scaled("0.05").await;
    let page = suite.key("pk", &[scopes::GEO_READ]);
    let elsewhere = [("origin", "https://evil.example"), ("x-forwarded-for", "198.51.100.7")];
    let ask = async || get_with(&page, PATH, &elsewhere).await;
    let (statuses, _refused) = until_refused("network", ask).await;
    assert!((15..=17).contains(&statuses.len()), "{statuses:?}");
    assert!(statuses.iter().all(|status| *status == 403), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_services_key_set_is_counted_at_admission_too() {
    // 15 a minute.
    let suite = scaled("0.005").await;
    let nobody = suite.nobody();
    let ask = async || get_from("198.51.100", &nobody, "/internal/v1/jwks.json").await;
    let (statuses, _refused) = until_refused("requests", ask).await;
    assert!((15..=17).contains(&statuses.len()), "{statuses:?}");
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}
