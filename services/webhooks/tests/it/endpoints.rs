//! Endpoints: what is accepted, and by whom.

use contracts::scopes;
use serde_json::json;

use crate::support;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_shown_once_and_stored_wrapped() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use diesel_async::RunQueryDsl as _;

    let app = support::start().await;
    let caller = support::partner(&app);
    let body = json!({ "url": "https://partner.example/hook", "event_types": ["person.erased"] });
    let send = async || {
        let request = caller.request(reqwest::Method::POST, "/v1/webhook-endpoints").json(&body);
        caller.send(request.header("idempotency-key", "k-1")).await
    };
    let (created, again) = (send().await, send().await);
    assert_eq!((created.status, &created.text), (201, &again.text), "one endpoint, one secret");
    let created = created.json();
    let secret = created["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
    let bytes = STANDARD.decode(secret).unwrap();
    assert_eq!(bytes.len(), 32);
    let path = format!("/v1/webhook-endpoints/{}", created["id"].as_str().unwrap());
    let shown = caller.get(&path).await;
    let listed = caller.get("/v1/webhook-endpoints").await;
    assert_eq!(
        (shown.status, shown.json()["url"].as_str()),
        (200, Some("https://partner.example/hook"))
    );
    assert!(!shown.text.contains("secret") && !listed.text.contains("secret"));
    assert_eq!(listed.json()["data"][0]["state"], "active");
    assert_eq!(listed.json()["data"].as_array().unwrap().len(), 1);
    for (table, column, text) in [
        ("endpoints", "secret", bytes),
        ("idempotency", "sealed_reply", secret.as_bytes().to_vec()),
    ] {
        let all = format!("SELECT FROM {table} WHERE {column} IS NOT NULL");
        let mut sql = app.sql().await;
        assert_eq!(diesel::sql_query(&all).execute(&mut sql).await.unwrap(), 1, "{table}");
        let plain = diesel::sql_query(format!("{all} AND position($1 in {column}) > 0"));
        let plain = plain.bind::<diesel::sql_types::Bytea, _>(text).execute(&mut sql).await;
        assert_eq!(plain.unwrap(), 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_endpoint_does_not_exist_and_scopes_are_needed() {
    let app = support::start().await;
    let (caller, stranger) = (support::partner(&app), support::partner(&app));
    let created = support::register(&caller, "https://partner.example/", &["person.erased"]).await;
    let path = format!("/v1/webhook-endpoints/{}", created["id"].as_str().unwrap());
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.delete(&path).await.status, 404);
    assert_eq!(stranger.get("/v1/webhook-endpoints").await.json()["data"], json!([]));
    let reader = app.caller_for_tenant(caller.tenant_id, &[scopes::WEBHOOKS_READ]);
    assert_eq!(reader.delete(&path).await.status, 403);
    assert_eq!(caller.anonymous().get(&path).await.status, 401);
    assert_eq!(caller.get("/v1/webhook-endpoints/nonsense").await.status, 404);
    assert_eq!(caller.get(&path).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_invalid_field_is_reported_and_nothing_changes() {
    let app = support::start().await;
    let caller = support::partner(&app);
    let cases = [
        (
            json!({ "url": "http://a.example/", "event_types": ["x"] }),
            vec!["/url not_https", "/event_types/0 unknown"],
        ),
        (
            json!({ "url": "https://u:p@a.example/", "event_types": [] }),
            vec!["/url credentials", "/event_types required"],
        ),
        (
            json!({ "url": "https://a.example:22/", "event_types": ["person.erased"] }),
            vec!["/url port"],
        ),
        (
            json!({ "url": "https://a.example/#f", "event_types": ["person.erased"] }),
            vec!["/url fragment"],
        ),
        (
            json!({ "url": "https://2852039166/", "event_types": ["person.erased"] }),
            vec!["/url address"],
        ),
        (
            json!({ "url": "https://[::ffff:a00:1]/", "event_types": ["person.erased"] }),
            vec!["/url address"],
        ),
    ];
    for (body, expected) in cases {
        let refused = caller.post("/v1/webhook-endpoints", &body).await;
        let reported: Vec<String> = refused.json()["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
            .collect();
        assert_eq!(
            (refused.status, reported),
            (422, expected.iter().map(ToString::to_string).collect()),
            "{body}"
        );
    }
    let unknown = json!({ "url": "https://a.example/", "event_types": [], "secret": "mine" });
    assert_eq!(caller.post("/v1/webhook-endpoints", &unknown).await.status, 422);
    assert_eq!(caller.get("/v1/webhook-endpoints").await.json()["data"], json!([]));
    assert_eq!(caller.get("/v1/webhook-deliveries?state=lost").await.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_has_twenty_endpoints_at_most() {
    let app = support::start().await;
    let caller = support::partner(&app);
    let body = json!({ "url": "https://partner.example/", "event_types": ["person.erased"] });
    for _ in 0..20 {
        assert_eq!(caller.post("/v1/webhook-endpoints", &body).await.status, 201);
    }
    let refused = caller.post("/v1/webhook-endpoints", &body).await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (409, Some("too_many_endpoints"))
    );
}
