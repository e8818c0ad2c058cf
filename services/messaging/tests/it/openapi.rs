//! The service held to its own OpenAPI document.

use std::path::Path;

use contracts::scopes;

use crate::{
    scripted::{Act, Scripted},
    support::{SEND, Supporter, app},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let server = Scripted::start(&[Act::DropAfterText]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    let unknown = supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    let message = supporter.message(&app).await;
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let known = [
        ("getDelivery", "path.id", message.message_id.to_string()),
        ("settleDelivery", "path.id", unknown.message_id.to_string()),
    ];
    let scopes = [scopes::DELIVERIES_READ, scopes::DELIVERIES_WRITE];
    let caller = || app.caller_for_tenant(supporter.tenant_id, &scopes);
    testkit::openapi::check(&app, &document, &known, caller).await;
}
