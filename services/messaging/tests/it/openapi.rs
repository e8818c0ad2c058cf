//! The service held to its own OpenAPI document.

use std::path::Path;

use crate::support::{Catch, Supporter, app};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let message = supporter.message(&app).await;
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let known = [("getDelivery", "path.id", message.message_id.to_string())];
    testkit::openapi::check(&app, &document, &known, || supporter.reader(&app)).await;
}
