//! The gateway's own routes held to its OpenAPI document.

use std::path::Path;

use contracts::scopes;

use crate::{sessions::grant, support::suite};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let suite = suite().await;
    grant(&suite, &[scopes::USERS_READ]);
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    testkit::openapi::check(&suite.app, &document, &[], || suite.nobody()).await;
}
