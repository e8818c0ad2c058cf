//! The routing table: every line of it is refused to whoever should be refused.

use gateway::table::{Access, Entry, table};
use reqwest::Method;
use testkit::caller::{Caller, Response};

use crate::support::suite;

async fn call(caller: &Caller, entry: &Entry) -> Response {
    let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
    let id = kit::id::Ids.next().to_string();
    let path = entry.path.replace("{id}", &id).replace("{user_id}", &id).replace("{key_id}", &id);
    let path = path.replace("{postcode}", "SW1A1AA");
    let path = path.replace("{ip}", "192.0.2.1").replace("{link}", "unknown");
    caller.send(caller.request(method, &path)).await
}

/// Promise 000-40
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_nobody_strangers_and_callers_without_the_scope() {
    let suite = suite().await;
    let powerless = suite.key("sk", &["nothing:at-all"]);
    let mighty: Vec<&str> = table().iter().filter_map(|entry| entry.access.scope()).collect();
    let page = suite.key("pk", &mighty);
    for entry in table() {
        let nobody = call(&suite.nobody(), entry).await.status;
        match entry.access {
            Access::Scope(scope) | Access::PublicVerb(scope) => {
                assert_eq!(nobody, 401, "{entry:?}");
                let refused = call(&powerless, entry).await;
                assert_eq!(refused.status, 403, "{entry:?}");
                assert!(refused.text.contains(scope), "{}", refused.text);
                let expected = if entry.access.publishable() { 200 } else { 403 };
                assert_eq!(call(&page, entry).await.status, expected, "{entry:?}");
            }
            Access::Link => assert_eq!(nobody, 404, "{entry:?}"),
            Access::Public => assert!(!matches!(nobody, 401 | 403), "{entry:?}"),
        }
    }
    let reached = suite.services.seen();
    let allowed = |path: &str| {
        let verbs = table().iter().filter(|e| e.access.publishable() || e.access == Access::Public);
        verbs.map(|entry| entry.path.split('{').next().unwrap()).any(|head| path.starts_with(head))
    };
    assert!(reached.iter().all(|seen| allowed(&seen.path)), "{reached:#?}");
}

/// They acted for real.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_keys_reach_no_route_that_does_not_keep_apart_what_they_do() {
    let suite = suite().await;
    let mighty: Vec<&str> = table().iter().filter_map(|entry| entry.access.scope()).collect();
    let (secret, page) = (suite.key("sk_test", &mighty), suite.key("pk_test", &mighty));
    for entry in table().iter().filter(|entry| entry.access.scope().is_some()) {
        for (key, may) in [(&secret, true), (&page, entry.access.publishable())] {
            let answer = call(key, entry).await;
            if entry.takes_test_keys() && may {
                assert_eq!(answer.status, 200, "{entry:?}");
            } else {
                assert_eq!(answer.status, 403, "{entry:?}");
                let expected =
                    if may { "test_key_not_supported" } else { "publishable_key_not_allowed" };
                assert_eq!(answer.json()["code"], expected, "{entry:?}");
            }
        }
    }
    let reached = suite.services.seen();
    let changes = reached.iter().filter(|seen| seen.method != "GET");
    let actions = |path: &str| path.ends_with("/actions") || path.ends_with("/check");
    let mut changes = changes.filter(|seen| !seen.path.starts_with("/v1/geo/"));
    assert!(changes.all(|seen| actions(&seen.path)), "{reached:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_the_security_headers() {
    let suite = suite().await;
    let nobody = suite.nobody();
    for path in ["/nowhere", "/v1/users", "/openapi.json", "/docs", "/confirm/x", "/v1/sessions"] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            answer.header("content-security-policy").starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    let wrong = nobody.delete("/v1/sessions").await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "POST, OPTIONS"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_type_of_a_problem_leads_to_its_explanation() {
    let suite = suite().await;
    let nobody = suite.nobody();
    let problem = nobody.get("/v1/users").await.json();
    let page = nobody.get(problem["type"].as_str().unwrap()).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("unauthorized") && page.text.contains("expired"), "{}", page.text);
    assert_eq!(nobody.get("/problems/of-nobody").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_description_and_its_page_load_nothing_from_elsewhere() {
    let suite = suite().await;
    let document = suite.nobody().get("/openapi.json").await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert_eq!(document.header("access-control-allow-origin"), "", "no page asks");
    let docs = suite.nobody().get("/docs").await;
    assert_eq!(docs.status, 200);
    assert!(docs.text.contains("export.csv"));
    assert!(docs.text.contains("publishable_key_not_allowed"));
    assert!(!docs.text.contains("<script") && !docs.text.contains("http"), "{}", docs.text);
}
