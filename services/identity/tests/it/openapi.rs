//! The service held to its own OpenAPI document.

use std::path::Path;

use serde_json::json;

use crate::support::suite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let suite = suite().await;
    let added = suite.add("bo@rivers.example", "analyst").await.json();
    let key = json!({ "kind": "secret", "name": "Website", "scopes": ["geo:read"] });
    let key = suite.owner().post("/v1/api-keys", &key).await.json();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let known = [
        ("deleteUser", "path.user_id", added["id"].as_str().unwrap().to_owned()),
        ("deleteApiKey", "path.key_id", key["id"].as_str().unwrap().to_owned()),
    ];
    testkit::openapi::check(&suite.app, &document, &known, || suite.owner()).await;
}
