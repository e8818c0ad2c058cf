//! A booted retention service, a person with keys, and the acknowledgements of other services.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use contracts::scopes;
use contracts::{
    campaigns::{ActionConfirmed, ActionKind, ActionsErased},
    identity::UserErased,
    keyring::{Compartment, Purpose},
    messaging::MessagesErased,
    retention::SubjectErased,
    webhooks::DeliveriesErased,
};
use kit::id::Ids;
use retention::Retention;
use serde_json::{Value, json};
use testkit::{
    app::TestApp,
    caller::{Caller, Response},
    fakes::new_key,
};
use uuid::Uuid;

pub(crate) const EMAIL: &str = "ada@lovelace.example";

/// So that a caller's token outlives some erasures.
const SETTLE: TimeDelta = TimeDelta::seconds(10);
/// The clocks of two hosts may differ by this.
const SKEW: TimeDelta = TimeDelta::seconds(2);

pub(crate) async fn start() -> TestApp<Retention> {
    let key = STANDARD.encode(new_key());
    let settle = SETTLE.num_seconds().to_string();
    let settings = [
        ("FOLKMOOT_RETENTION_RECEIPT_KEY", key.as_str()),
        ("FOLKMOOT_RETENTION_SETTLE_SECONDS", settle.as_str()),
    ];
    TestApp::start(&settings).await
}

/// Lets caches and requests run out, after which the erasure is announced again.
pub(crate) async fn settle(app: &TestApp<Retention>) {
    app.clock.advance(SETTLE + SKEW);
    app.run_job("erasures.settle").await.unwrap();
}

pub(crate) fn officer(app: &TestApp<Retention>) -> Caller {
    app.caller(&[scopes::RIGHTS_READ, scopes::RIGHTS_WRITE])
}

/// A person that the tenant knows, with two keys.
pub(crate) async fn person(app: &TestApp<Retention>, tenant_id: Uuid) -> Uuid {
    let compartments = [Compartment::Action, Compartment::Message];
    let keyring = &app.app().keyring;
    let person = keyring.resolve(Purpose::Record, tenant_id, EMAIL, &compartments).await;
    person.unwrap().unwrap().subject_id
}

pub(crate) fn confirmed(app: &TestApp<Retention>, subject_id: Uuid) -> ActionConfirmed {
    let now = app.clock.now();
    ActionConfirmed {
        action_id: Ids.next(),
        campaign_id: Ids.next(),
        subject_id,
        kind: ActionKind::Petition,
        constituency: None,
        taken_at: now,
        confirmed_at: now,
    }
}

pub(crate) async fn erase(caller: &Caller) -> Response {
    caller.post("/v1/erasures", &json!({ "email": EMAIL, "source_hint": "petition" })).await
}

pub(crate) async fn shown(caller: &Caller, id: &str) -> Value {
    caller.get(&format!("/v1/erasures/{id}")).await.json()
}

/// The announcements that wait in the outbox.
pub(crate) async fn announced(app: &TestApp<Retention>) -> Vec<SubjectErased> {
    let rows = app.outbox().await;
    rows.iter()
        .filter(|row| row.kind == "retention.subject.erased.v1")
        .map(|row| serde_json::from_str(&row.payload).unwrap())
        .collect()
}

/// Campaigns, messaging and identity acknowledge with nothing left; webhooks with `remaining`.
pub(crate) async fn all_acknowledge(
    app: &TestApp<Retention>,
    tenant_id: Uuid,
    erased: &SubjectErased,
    remaining: i64,
) {
    let SubjectErased { erasure_id, subject_id } = *erased;
    let campaigns = ActionsErased { erasure_id, subject_id, rows: 3, remaining: 0 };
    let messaging = MessagesErased { erasure_id, subject_id, rows: 2, remaining: 0 };
    let identity = UserErased { erasure_id, subject_id, rows: 0, remaining: 0 };
    app.deliver(tenant_id, &campaigns).await.unwrap();
    app.deliver(tenant_id, &messaging).await.unwrap();
    app.deliver(tenant_id, &identity).await.unwrap();
    let webhooks = DeliveriesErased { erasure_id, subject_id, rows: 1, remaining };
    app.deliver(tenant_id, &webhooks).await.unwrap();
}

/// An erasure that went all the way; its id.
pub(crate) async fn erased_for_good(app: &TestApp<Retention>, caller: &Caller) -> String {
    person(app, caller.tenant_id).await;
    let id = erase(caller).await.json()["id"].as_str().unwrap().to_owned();
    settle(app).await;
    let announced = announced(app).await;
    all_acknowledge(app, caller.tenant_id, announced.last().unwrap(), 0).await;
    app.run_job("erasures.settle").await.unwrap();
    id
}
