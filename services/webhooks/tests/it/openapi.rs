//! The service held to its own OpenAPI document, and what it sends to the payloads that the document describes.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use contracts::{
    campaigns::{ActionKind, CampaignClosed, CampaignPublished},
    retention::SubjectErased,
};
use kit::id::Ids;
use serde_json::{Value, json};
use testkit::caller::Caller;

use crate::{
    receiver::Receiver,
    support::{
        LAST, again, anonymised, confirmed, deliveries, partner, recorded, register, send, start,
        start_with,
    },
};

const VALIDATE: &str = include_str!("validate_notices.py");

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_what_the_openapi_document_says() {
    let app = start().await;
    let caller = partner(&app);
    let url = "https://partner.example/hook";
    let kept = register(&caller, url, &["campaign.action.confirmed"]).await;
    let deleted = register(&caller, url, &["campaign.closed"]).await;
    app.deliver(caller.tenant_id, &confirmed(&app)).await.unwrap();
    let delivery = deliveries(&caller).await.remove(0);
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let known = [
        ("getWebhookEndpoint", "path.id", id(&kept)),
        ("deleteWebhookEndpoint", "path.id", id(&deleted)),
        ("getWebhookDelivery", "path.id", id(&delivery)),
    ];
    let caller = || again(&app, &caller);
    testkit::openapi::check(&app, &document(), &known, caller).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_notice_is_described_by_the_openapi_document() {
    let receiver = Receiver::start(&[]);
    let app = start_with(&receiver).await;
    let caller = partner(&app);
    let types = event_types(&caller).await;
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    register(&caller, &receiver.url(), &types).await;
    let tenant = caller.tenant_id;
    let confirmed = confirmed(&app);
    let campaign_id = confirmed.campaign_id;
    app.deliver(tenant, &confirmed).await.unwrap();
    app.deliver(tenant, &recorded(&app, &confirmed)).await.unwrap();
    send(&app).await;
    app.deliver(tenant, &anonymised(&confirmed)).await.unwrap();
    let published = CampaignPublished { campaign_id, kind: ActionKind::Petition };
    app.deliver(tenant, &published).await.unwrap();
    app.deliver(tenant, &CampaignClosed { campaign_id }).await.unwrap();
    send(&app).await;
    let (erasure_id, subject_id) = (Ids.next(), Ids.subject());
    app.deliver(tenant, &SubjectErased { erasure_id, subject_id }).await.unwrap();
    app.clock.advance(LAST);
    send(&app).await;
    let sent: Vec<Value> = receiver
        .seen()
        .iter()
        .map(|seen| json!({"headers": seen.headers, "body": seen.body}))
        .collect();
    assert_eq!(sent.len(), types.len());
    validate(&Value::from(sent));
}

/// Every event type that the service knows, as it lists them when it is sent another.
async fn event_types(caller: &Caller) -> Vec<String> {
    let body = json!({ "url": "https://partner.example/", "event_types": ["unknown"] });
    let invalid = caller.post("/v1/webhook-endpoints", &body).await.json();
    let detail = invalid["errors"][0]["detail"].as_str().unwrap();
    let listed = detail.strip_prefix("must be one of ").unwrap().split(", ");
    listed.map(ToOwned::to_owned).collect()
}

/// Holds the notices to the document with a public validator.
fn validate(sent: &Value) {
    let mut python = Command::new(testkit::setting("FOLKMOOT_TEST_PYTHON"))
        .args(["-c", VALIDATE])
        .arg(document())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(sent.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
