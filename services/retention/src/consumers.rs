//! What others tell: actions that start a clock, and answers to erasures.

use contracts::{
    campaigns::{ActionConfirmed, ActionsErased},
    identity::UserErased,
    messaging::MessagesErased,
    webhooks::DeliveriesErased,
};
use kit::{
    db::Conn,
    events::consumers::{Consumers, Received},
};
use uuid::Uuid;

use crate::{
    app::App,
    erasures::{self, domain::Answer},
    jobs, schedules,
};

/// The subscriptions.
pub fn all() -> Consumers<App> {
    Consumers::new()
        .on(confirmed)
        .on(async |_app: &App, conn: &mut Conn, e: Received<ActionsErased>| {
            answered(conn, &e, e.data.erasure_id, "campaigns", (e.data.rows, e.data.remaining))
                .await
        })
        .on(async |_app: &App, conn: &mut Conn, e: Received<MessagesErased>| {
            answered(conn, &e, e.data.erasure_id, "messaging", (e.data.rows, e.data.remaining))
                .await
        })
        .on(async |_app: &App, conn: &mut Conn, e: Received<DeliveriesErased>| {
            answered(conn, &e, e.data.erasure_id, "webhooks", (e.data.rows, e.data.remaining)).await
        })
        .on(async |_app: &App, conn: &mut Conn, e: Received<UserErased>| {
            answered(conn, &e, e.data.erasure_id, "identity", (e.data.rows, e.data.remaining)).await
        })
        .nudging(jobs::SETTLE)
}

async fn confirmed(
    _app: &App,
    conn: &mut Conn,
    event: Received<ActionConfirmed>,
) -> anyhow::Result<()> {
    let action = event.data;
    let schedule = schedules::domain::Schedule {
        action_id: action.action_id,
        tenant_id: event.tenant_id,
        campaign_id: action.campaign_id,
        subject_id: action.subject_id,
        expires_at: schedules::domain::expiry(action.taken_at)?,
    };
    Ok(schedules::ops::add(conn, &schedule).await?)
}

/// The event's time is when the service's transaction began: all it deleted and counted is at least as new.
async fn answered<E>(
    conn: &mut Conn,
    event: &Received<E>,
    erasure_id: Uuid,
    service: &str,
    (rows, remaining): (i64, i64),
) -> anyhow::Result<()> {
    let answer = Answer { service: service.to_owned(), rows, remaining, answered_at: event.time };
    Ok(erasures::ops::answer(conn, erasure_id, &answer).await?)
}
