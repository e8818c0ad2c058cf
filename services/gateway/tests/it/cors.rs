//! Preflights for the origins of any live key, requests for those of their own.

use std::sync::atomic::Ordering;

use reqwest::Method;
use testkit::caller::Answer;

use crate::support::{ORIGIN, Suite, get_with, suite};

async fn preflight(suite: &Suite, path: &str, origin: &str) -> Answer {
    let nobody = suite.nobody();
    let request = nobody
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST");
    nobody.send(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_is_answered_for_pages_of_live_keys_only() {
    let suite = suite().await;
    let path = "/v1/campaigns/0190b0c4-0000-7000-8000-000000000000/actions";
    let allowed = preflight(&suite, path, ORIGIN).await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), ORIGIN);
    assert!(allowed.header("access-control-allow-methods").contains("POST"));
    assert!(allowed.header("access-control-allow-headers").contains("idempotency-key"));
    assert!(allowed.header("vary").contains("Origin"));
    let slashed = preflight(&suite, "/v1/geo/postcodes/", ORIGIN).await;
    assert_eq!(slashed.status, 204);
    assert!(slashed.header("access-control-allow-methods").contains("POST"));
    let refused = preflight(&suite, path, "https://evil.example").await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("access-control-allow-origin"), "");
    assert_eq!(suite.services.asked_identity("/internal/v1/origins"), 1);
    suite.services.identity_down.store(true, Ordering::Relaxed);
    assert_eq!(preflight(&suite, path, ORIGIN).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_can_read_what_it_needs_even_of_a_refusal() {
    let suite = suite().await;
    let key = suite.key("pk", &["geo:read"]);
    let path = "/v1/geo/postcodes/SW1A1AA";
    let answer = get_with(&key, path, &[("origin", ORIGIN)]).await;
    assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
    for name in ["ETag", "RateLimit", "Retry-After", "X-Request-Id"] {
        assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
    }
    let refused = get_with(&suite.nobody(), path, &[("origin", ORIGIN)]).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), ORIGIN);
    let stranger = get_with(&suite.nobody(), path, &[("origin", "https://evil.example")]).await;
    assert_eq!(stranger.header("access-control-allow-origin"), "");
}
