//! The service against its own OpenAPI document, as a stranger reads it.

use std::path::Path;

use crate::clients::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_what_the_openapi_document_says() {
    let server = Server::start().await;
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    testkit::openapi::hold_to(&server.app, &document, &["geo:read"]).await;
}
