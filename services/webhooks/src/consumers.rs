//! What other services announce, and what of it partners may learn.

use contracts::{
    campaigns::{ActionAnonymised, ActionConfirmed, CampaignClosed, CampaignPublished},
    messaging::{DeliveryRecorded, EmailKind},
    retention::SubjectErased,
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::App,
    deliveries::{domain::Notice, ops},
    endpoints::domain::EventType,
    jobs,
};

pub(crate) fn all() -> Consumers<App> {
    Consumers::new()
        .on(async |app: &App, conn: &mut Conn, e: Received<CampaignPublished>| {
            let data = json!({ "campaign_id": e.data.campaign_id });
            notify(app, conn, &e, e.id, EventType::CampaignPublished, &data).await
        })
        .on(async |app: &App, conn: &mut Conn, e: Received<CampaignClosed>| {
            let data = json!({ "campaign_id": e.data.campaign_id });
            notify(app, conn, &e, e.id, EventType::CampaignClosed, &data).await
        })
        .on(async |app: &App, conn: &mut Conn, e: Received<ActionConfirmed>| {
            let (action_id, campaign_id) = (e.data.action_id, e.data.campaign_id);
            let data = json!({ "action_id": action_id, "campaign_id": campaign_id });
            notify(app, conn, &e, e.id, EventType::ActionConfirmed, &data).await
        })
        .on(async |app: &App, conn: &mut Conn, e: Received<ActionAnonymised>| {
            let (action_id, campaign_id) = (e.data.action_id, e.data.campaign_id);
            let data = json!({ "action_id": action_id, "campaign_id": campaign_id });
            notify(app, conn, &e, e.id, EventType::ActionAnonymised, &data).await
        })
        .on(delivery_recorded)
        .on(subject_erased)
        .then_wake(jobs::SEND)
}

/// Only messages to representatives: a confirmation email would reveal an action that its supporter has not confirmed.
async fn delivery_recorded(
    app: &App,
    conn: &mut Conn,
    e: Received<DeliveryRecorded>,
) -> anyhow::Result<()> {
    if e.data.kind != EmailKind::Representative {
        return Ok(());
    }
    let data = json!({
        "message_id": e.data.message_id,
        "action_id": e.data.action_id,
        "campaign_id": e.data.campaign_id,
        "state": e.data.state,
    });
    notify(app, conn, &e, e.id, EventType::DeliveryRecorded, &data).await
}

/// The erasure's id identifies the notice, so that partners receive an erasure once, however often it is announced.
async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    e: Received<SubjectErased>,
) -> anyhow::Result<()> {
    app.keyring.evict(e.tenant_id, e.data.subject_id);
    ops::erase(conn, app.kit.ids, e.tenant_id, &e.data).await?;
    let data = json!({ "subject_id": e.data.subject_id });
    notify(app, conn, &e, e.data.erasure_id, EventType::PersonErased, &data).await
}

/// Queues `{type, timestamp, data}`, as Standard Webhooks has it. `event_id` becomes the `webhook-id`.
async fn notify<E>(
    app: &App,
    conn: &mut Conn,
    event: &Received<E>,
    event_id: Uuid,
    event_type: EventType,
    data: &Value,
) -> anyhow::Result<()> {
    let body = json!({ "type": event_type, "timestamp": event.time, "data": data }).to_string();
    let notice = Notice { event_id, tenant_id: event.tenant_id, event_type, body };
    Ok(ops::fan_out(conn, app.kit.ids, &notice, app.kit.clock.now()).await?)
}
