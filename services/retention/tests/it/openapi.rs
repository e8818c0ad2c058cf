//! The service held to its own OpenAPI document.

use std::path::Path;

use contracts::scopes;

use crate::support::{erase, erased_for_good, officer, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let app = start().await;
    let tenant_id = officer(&app).tenant_id;
    let caller = || app.caller_for_tenant(tenant_id, &[scopes::RIGHTS_READ, scopes::RIGHTS_WRITE]);
    let complete = erased_for_good(&app, &caller()).await;
    let open = erase(&caller()).await.json()["id"].as_str().unwrap().to_owned();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let known = [("getErasure", "path.id", open), ("getErasureReceipt", "path.id", complete)];
    testkit::openapi::check(&app, &document, &known, caller).await;
}
