//! What others tell, and what of it partners may be told.

use contracts::{
    campaigns::{ActionAnonymised, ActionConfirmed, CampaignClosed, CampaignPublished},
    messaging::{DeliveryRecorded, MailKind},
    retention::SubjectErased,
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};
use serde_json::{Value, json};

use crate::{
    app::App,
    deliveries::{domain::Notice, ops},
    endpoints::domain::EventType,
    jobs,
};

/// The subscriptions.
pub fn all() -> Consumers<App> {
    Consumers::new()
        .on(async |app: &App, conn: &mut Conn, e: Received<CampaignPublished>| {
            let data = json!({ "campaign_id": e.data.campaign_id });
            tell(app, conn, &e, EventType::CampaignPublished, &data).await
        })
        .on(async |app: &App, conn: &mut Conn, e: Received<CampaignClosed>| {
            let data = json!({ "campaign_id": e.data.campaign_id });
            tell(app, conn, &e, EventType::CampaignClosed, &data).await
        })
        .on(async |app: &App, conn: &mut Conn, e: Received<ActionConfirmed>| {
            let (action_id, campaign_id) = (e.data.action_id, e.data.campaign_id);
            let data = json!({ "action_id": action_id, "campaign_id": campaign_id });
            tell(app, conn, &e, EventType::ActionConfirmed, &data).await
        })
        .on(async |app: &App, conn: &mut Conn, e: Received<ActionAnonymised>| {
            let (action_id, campaign_id) = (e.data.action_id, e.data.campaign_id);
            let data = json!({ "action_id": action_id, "campaign_id": campaign_id });
            tell(app, conn, &e, EventType::ActionAnonymised, &data).await
        })
        .on(recorded)
        .on(erased)
        .nudging(jobs::SEND)
}

/// Only mail to representatives: a confirmation mail would tell of an action that its supporter has not confirmed.
async fn recorded(app: &App, conn: &mut Conn, e: Received<DeliveryRecorded>) -> anyhow::Result<()> {
    if e.data.kind != MailKind::Representative {
        return Ok(());
    }
    let data = json!({
        "message_id": e.data.message_id,
        "action_id": e.data.action_id,
        "campaign_id": e.data.campaign_id,
        "state": e.data.state,
    });
    tell(app, conn, &e, EventType::DeliveryRecorded, &data).await
}

/// The erasure's id names the notice, so that an erasure announced twice is told once.
async fn erased(app: &App, conn: &mut Conn, e: Received<SubjectErased>) -> anyhow::Result<()> {
    let (erasure_id, subject_id) = (e.data.erasure_id, e.data.subject_id);
    app.keyring.evict(e.tenant_id, subject_id);
    ops::erase(app, conn, e.tenant_id, erasure_id, subject_id).await?;
    let data = json!({ "subject_id": subject_id });
    let notice = Notice {
        event_id: erasure_id,
        tenant_id: e.tenant_id,
        kind: EventType::PersonErased,
        body: body(EventType::PersonErased, &e, &data),
    };
    Ok(ops::fan_out(app, conn, &notice).await?)
}

async fn tell<E>(
    app: &App,
    conn: &mut Conn,
    event: &Received<E>,
    kind: EventType,
    data: &Value,
) -> anyhow::Result<()> {
    let (event_id, tenant_id) = (event.id, event.tenant_id);
    let notice = Notice { event_id, tenant_id, kind, body: body(kind, event, data) };
    Ok(ops::fan_out(app, conn, &notice).await?)
}

/// `{type, timestamp, data}`, as Standard Webhooks has it.
fn body<E>(kind: EventType, event: &Received<E>, data: &Value) -> String {
    json!({ "type": kind.name(), "timestamp": event.time, "data": data }).to_string()
}
