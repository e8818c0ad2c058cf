//! The service held to its own OpenAPI document.

use std::path::Path;

use contracts::scopes;

use crate::support;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let booted = support::boot().await;
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let caller = || booted.app.caller(&[scopes::GEO_READ]);
    testkit::openapi::check(&booted.app, &document, &[], caller).await;
}
