//! Preflights for the origins of any live key, requests for those of their own.

use std::sync::atomic::Ordering;

use contracts::scopes;
use gateway::table::{Access, Class, table};
use reqwest::Method;
use serde_json::json;
use testkit::caller::Response;

use crate::support::{ORIGIN, Suite, get_with, suite};

async fn preflight(suite: &Suite, path: &str, origin: &str) -> Response {
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
    let key = suite.key("pk", &[scopes::GEO_READ]);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_any_origin_read_every_public_document_as_its_preflight_promises() {
    let suite = suite().await;
    let nobody = suite.nobody();
    let is_public = |path: &&str| {
        let mut of_path = table().iter().filter(|entry| entry.path == *path);
        of_path.all(|e| e.access == Access::Public && e.class == Class::Document)
    };
    let paths: Vec<&str> = table().iter().map(|entry| entry.path).filter(is_public).collect();
    assert!(paths.contains(&"/openapi.json") && paths.len() >= 5, "{paths:?}");
    for path in paths {
        let filled = path.replace("{code}", "unauthorized");
        let origin = [("origin", "https://anybody.example")];
        let document = get_with(&nobody, &filled, &origin).await;
        assert_eq!(document.status, 200, "{path}");
        let known = [origin[0], ("if-none-match", "*")];
        let wrong = nobody.request(Method::DELETE, &filled).header("origin", origin[0].1);
        let preflight = preflight(&suite, &filled, origin[0].1).await;
        assert_eq!(preflight.status, 204, "{path}");
        for response in [
            document,
            get_with(&nobody, &filled, &known).await,
            nobody.send(wrong).await,
            preflight,
        ] {
            assert_eq!(response.header("access-control-allow-origin"), "*", "{path} {response:?}");
        }
    }
    let unknown =
        get_with(&nobody, "/problems/of-nobody", &[("origin", "https://a.example")]).await;
    assert_eq!((unknown.status, unknown.header("access-control-allow-origin")), (404, "*"));
    let page = get_with(&nobody, "/confirm/x", &[("origin", "https://anybody.example")]).await;
    assert_eq!(page.header("access-control-allow-origin"), "", "a page is not a document");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_stored_with_its_default_port_is_the_one_that_browsers_send() {
    let suite = suite().await;
    suite.services.answer("/internal/v1/origins", 200, &json!(["https://Shop.example:443"]));
    let key = suite.key_from("pk", &[scopes::GEO_READ], &["https://Shop.example:443"]);
    let path = "/v1/geo/postcodes/SW1A1AA";
    let sent = "https://shop.example";
    let answer = get_with(&key, path, &[("origin", sent)]).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, sent));
    let allowed = preflight(&suite, path, sent).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, sent));
    for other in ["https://shop.example:8443", "http://shop.example", "https://shop.example.evil"] {
        assert_eq!(get_with(&key, path, &[("origin", other)]).await.status, 403, "{other}");
        assert_eq!(preflight(&suite, path, other).await.status, 403, "{other}");
    }
}
