//! What the service does when it, or another service, publishes an event.

use contracts::{
    campaigns::ActionConfirmed,
    identity::{TenantCreated, TenantRenamed},
    messaging::{DeliveryRecorded, DeliveryState, EmailKind},
    retention::{ActionExpired, SubjectErased},
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};

use crate::{
    actions::{self, domain::MessageState},
    app::App,
    counters, tenants,
};

pub(crate) fn all() -> Consumers<App> {
    Consumers::new()
        .on(tenant_created)
        .on(tenant_renamed)
        .on_shared_row(counters::ops::row, action_confirmed)
        .on(delivery_recorded)
        .on(action_expired)
        .on(subject_erased)
}

async fn tenant_created(
    _app: &App,
    conn: &mut Conn,
    event: Received<TenantCreated>,
) -> anyhow::Result<()> {
    let TenantCreated { tenant_id, slug, name } = event.data;
    anyhow::ensure!(tenant_id == event.tenant_id, "a tenant announced by another");
    Ok(tenants::ops::remember(conn, tenant_id, &slug, &name).await?)
}

async fn tenant_renamed(
    _app: &App,
    conn: &mut Conn,
    event: Received<TenantRenamed>,
) -> anyhow::Result<()> {
    let TenantRenamed { tenant_id, slug, name } = event.data;
    anyhow::ensure!(tenant_id == event.tenant_id, "a tenant renamed by another");
    Ok(tenants::ops::remember(conn, tenant_id, &slug, &name).await?)
}

async fn action_confirmed(
    _app: &App,
    conn: &mut Conn,
    event: Received<ActionConfirmed>,
) -> anyhow::Result<()> {
    let ActionConfirmed { campaign_id, constituency, .. } = event.data;
    let (tenant_id, constituency) = (event.tenant_id, constituency.as_deref());
    Ok(counters::ops::fold(conn, tenant_id, campaign_id, constituency).await?)
}

async fn delivery_recorded(
    _app: &App,
    conn: &mut Conn,
    event: Received<DeliveryRecorded>,
) -> anyhow::Result<()> {
    if event.data.kind != EmailKind::Representative {
        return Ok(());
    }
    let state = match event.data.state {
        DeliveryState::Sent => MessageState::Sent,
        DeliveryState::Failed => MessageState::Failed,
        DeliveryState::Unknown => MessageState::Unknown,
    };
    Ok(actions::ops::record_delivery(conn, event.data.message_id, state).await?)
}

async fn action_expired(
    app: &App,
    conn: &mut Conn,
    event: Received<ActionExpired>,
) -> anyhow::Result<()> {
    let (ids, now, action_id) = (app.kit.ids, app.kit.clock.now(), event.data.action_id);
    Ok(actions::ops::anonymise(conn, ids, event.tenant_id, action_id, now).await?)
}

async fn subject_erased(
    app: &App,
    conn: &mut Conn,
    event: Received<SubjectErased>,
) -> anyhow::Result<()> {
    let SubjectErased { erasure_id, subject_id } = event.data;
    app.keyring.evict(event.tenant_id, subject_id);
    Ok(actions::ops::erase(conn, app.kit.ids, event.tenant_id, erasure_id, subject_id).await?)
}
