//! What other services announce, and what of it partners may learn.

use contracts::{
    campaigns::{ActionAnonymised, ActionConfirmed, CampaignClosed, CampaignPublished},
    messaging::{DeliveryRecorded, EmailKind, NO_KEY},
    retention::SubjectErased,
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};
use serde_json::{Value, json};

use crate::{
    app::App,
    deliveries::{
        domain::{About, Notice},
        ops,
    },
    endpoints::domain::EventType,
    jobs,
};

pub(crate) fn all() -> Consumers<App> {
    Consumers::new()
        .on(async |app: &App, conn: &mut Conn, e: Received<CampaignPublished>| {
            let data = json!({ "campaign_id": e.data.campaign_id });
            let notice = notice(&e, EventType::CampaignPublished, About::default(), &data);
            notify(app, conn, &notice).await
        })
        .on(async |app: &App, conn: &mut Conn, e: Received<CampaignClosed>| {
            let data = json!({ "campaign_id": e.data.campaign_id });
            let notice = notice(&e, EventType::CampaignClosed, About::default(), &data);
            notify(app, conn, &notice).await
        })
        .on(action_confirmed)
        .on(action_anonymised)
        .on(delivery_recorded)
        .on(subject_erased)
        .then_wake(jobs::SEND)
}

async fn action_confirmed(
    app: &App,
    conn: &mut Conn,
    e: Received<ActionConfirmed>,
) -> anyhow::Result<()> {
    let ActionConfirmed { action_id, campaign_id, subject_id, .. } = e.data;
    let about = About { action_id: Some(action_id), subject_id: Some(subject_id) };
    let data = json!({ "action_id": action_id, "campaign_id": campaign_id });
    notify(app, conn, &notice(&e, EventType::ActionConfirmed, about, &data)).await
}

async fn action_anonymised(
    app: &App,
    conn: &mut Conn,
    e: Received<ActionAnonymised>,
) -> anyhow::Result<()> {
    let ActionAnonymised { action_id, campaign_id } = e.data;
    let data = json!({ "action_id": action_id, "campaign_id": campaign_id });
    let notice = notice(&e, EventType::ActionAnonymised, About::default(), &data);
    ops::end(conn, app.kit.ids, action_id, &notice, app.kit.clock.now()).await?;
    Ok(())
}

/// Only messages to representatives: a confirmation email would reveal an action that its supporter has not confirmed. Nothing
/// of an erased person: partners are notified of the erasure, and of nothing after it.
async fn delivery_recorded(
    app: &App,
    conn: &mut Conn,
    e: Received<DeliveryRecorded>,
) -> anyhow::Result<()> {
    if e.data.kind != EmailKind::Representative || e.data.code.as_deref() == Some(NO_KEY) {
        return Ok(());
    }
    let about = About { action_id: Some(e.data.action_id), subject_id: e.data.subject_id };
    let data = json!({
        "message_id": e.data.message_id,
        "action_id": e.data.action_id,
        "campaign_id": e.data.campaign_id,
        "state": e.data.state,
    });
    notify(app, conn, &notice(&e, EventType::DeliveryRecorded, about, &data)).await
}

/// The erasure's id identifies the notice, so that partners receive an erasure once, however often it is announced.
async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    e: Received<SubjectErased>,
) -> anyhow::Result<()> {
    let SubjectErased { erasure_id, subject_id } = e.data;
    app.keyring.evict(e.tenant_id, subject_id);
    let data = json!({ "subject_id": subject_id });
    let mut notice = notice(&e, EventType::PersonErased, About::default(), &data);
    notice.event_id = erasure_id;
    let rows = ops::end(conn, app.kit.ids, subject_id, &notice, app.kit.clock.now()).await?;
    Ok(ops::acknowledge(conn, app.kit.ids, e.tenant_id, &e.data, rows).await?)
}

/// With the body `{type, timestamp, data}`, as Standard Webhooks has it.
fn notice<E>(event: &Received<E>, event_type: EventType, about: About, data: &Value) -> Notice {
    let body = json!({ "type": event_type, "timestamp": event.time, "data": data }).to_string();
    Notice { event_id: event.id, tenant_id: event.tenant_id, event_type, body, about }
}

async fn notify(app: &App, conn: &mut Conn, notice: &Notice) -> anyhow::Result<()> {
    Ok(ops::fan_out(conn, app.kit.ids, notice, app.kit.clock.now()).await?)
}
