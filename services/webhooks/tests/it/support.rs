//! A booted webhooks service, its callers and its events.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use contracts::{
    campaigns::{ActionAnonymised, ActionConfirmed, ActionKind},
    messaging::{DeliveryRecorded, DeliveryState, EmailKind},
    scopes,
};
use kit::id::Ids;
use serde_json::{Value, json};
use testkit::{app::TestApp, caller::Caller};
use tokio::net::TcpListener;
use webhooks::Webhooks;

use crate::receiver::Receiver;

/// After this a notice of an end is due.
pub(crate) const LAST: TimeDelta = TimeDelta::seconds(30);

/// As in production: public addresses only.
pub(crate) async fn start() -> TestApp<Webhooks> {
    TestApp::start(&[("FOLKMOOT_WEBHOOKS_SECRET_KEY", &STANDARD.encode([7; 32]))]).await
}

/// As in development: this receiver may be reached by its address.
pub(crate) async fn start_with(receiver: &Receiver) -> TestApp<Webhooks> {
    start_with_origins(&receiver.origin()).await
}

/// The same with a list of origins.
pub(crate) async fn start_with_origins(receivers: &str) -> TestApp<Webhooks> {
    TestApp::start(&[
        ("FOLKMOOT_WEBHOOKS_SECRET_KEY", &STANDARD.encode([7; 32])),
        ("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS", receivers),
        ("FOLKMOOT_DEV_KEYS", "1"),
    ])
    .await
}

/// The same on the schema of another one, with these keys.
pub(crate) async fn start_on(
    app: &TestApp<Webhooks>,
    receivers: &str,
    keys: &str,
) -> TestApp<Webhooks> {
    TestApp::start(&[
        ("FOLKMOOT_WEBHOOKS_SECRET_KEY", keys),
        ("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS", receivers),
        ("FOLKMOOT_DEV_KEYS", "1"),
        ("FOLKMOOT_WEBHOOKS_DATABASE_URL", app.db.as_ref().unwrap().url.expose()),
    ])
    .await
}

/// A partner with an endpoint at a bare listener, which the test serves itself, and one delivery that is due.
pub(crate) async fn queued_for(listener: &TcpListener) -> (TestApp<Webhooks>, Caller) {
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = start_with_origins(&url).await;
    let caller = partner(&app);
    register(&caller, &url, &["campaign.action.confirmed"]).await;
    app.deliver(caller.tenant_id, &confirmed(&app)).await.unwrap();
    (app, caller)
}

pub(crate) fn partner(app: &TestApp<Webhooks>) -> Caller {
    app.caller(&[scopes::WEBHOOKS_READ, scopes::WEBHOOKS_WRITE])
}

/// The same tenant with a token that is valid at the clock's time.
pub(crate) fn again(app: &TestApp<Webhooks>, caller: &Caller) -> Caller {
    app.caller_for_tenant(caller.tenant_id, &[scopes::WEBHOOKS_READ, scopes::WEBHOOKS_WRITE])
}

pub(crate) async fn register(caller: &Caller, url: &str, event_types: &[&str]) -> Value {
    let body = json!({ "url": url, "event_types": event_types });
    let created = caller.post("/v1/webhook-endpoints", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    created.json()
}

pub(crate) fn confirmed(app: &TestApp<Webhooks>) -> ActionConfirmed {
    let now = app.clock.now();
    ActionConfirmed {
        action_id: Ids.next(),
        campaign_id: Ids.next(),
        subject_id: Ids.subject(),
        kind: ActionKind::MessageToRepresentative,
        constituency: Some("E14001234".to_owned()),
        taken_at: now,
        confirmed_at: now,
    }
}

/// That the message of this action was sent to the representative.
pub(crate) fn recorded(app: &TestApp<Webhooks>, action: &ActionConfirmed) -> DeliveryRecorded {
    DeliveryRecorded {
        message_id: Ids.next(),
        action_id: action.action_id,
        campaign_id: action.campaign_id,
        subject_id: Some(action.subject_id),
        kind: EmailKind::Representative,
        state: DeliveryState::Sent,
        code: None,
        at: app.clock.now(),
    }
}

pub(crate) fn anonymised(action: &ActionConfirmed) -> ActionAnonymised {
    ActionAnonymised { action_id: action.action_id, campaign_id: action.campaign_id }
}

pub(crate) async fn deliveries(caller: &Caller) -> Vec<Value> {
    let list = caller.get("/v1/webhook-deliveries").await.json();
    list["data"].as_array().unwrap().clone()
}

pub(crate) async fn send(app: &TestApp<Webhooks>) {
    app.run_job("deliveries.send").await.unwrap();
}
