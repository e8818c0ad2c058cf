//! What other services announce: actions that start a schedule, and acknowledgements of erasures.

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
    erasures::{self, domain::Acknowledgement},
    jobs,
    schedules::{self, domain::Schedule},
};

pub(crate) fn all() -> Consumers<App> {
    Consumers::new()
        .on(action_confirmed)
        .on(async |_: &App, conn: &mut Conn, e: Received<ActionsErased>| {
            let counts = (e.data.rows, e.data.remaining);
            acknowledge(conn, &e, e.data.erasure_id, "campaigns", counts).await
        })
        .on(async |_: &App, conn: &mut Conn, e: Received<MessagesErased>| {
            let counts = (e.data.rows, e.data.remaining);
            acknowledge(conn, &e, e.data.erasure_id, "messaging", counts).await
        })
        .on(async |_: &App, conn: &mut Conn, e: Received<DeliveriesErased>| {
            let counts = (e.data.rows, e.data.remaining);
            acknowledge(conn, &e, e.data.erasure_id, "webhooks", counts).await
        })
        .on(async |_: &App, conn: &mut Conn, e: Received<UserErased>| {
            let counts = (e.data.rows, e.data.remaining);
            acknowledge(conn, &e, e.data.erasure_id, "identity", counts).await
        })
        .then_wake(jobs::SETTLE)
}

async fn action_confirmed(
    _: &App,
    conn: &mut Conn,
    event: Received<ActionConfirmed>,
) -> anyhow::Result<()> {
    let action = event.data;
    let schedule = Schedule {
        action_id: action.action_id,
        tenant_id: event.tenant_id,
        campaign_id: action.campaign_id,
        subject_id: action.subject_id,
        expires_at: schedules::domain::expiry(action.taken_at)?,
    };
    Ok(schedules::ops::add(conn, &schedule).await?)
}

/// The event's time is the start of the service's transaction: all that it deleted and counted is at least as new.
async fn acknowledge<E>(
    conn: &mut Conn,
    event: &Received<E>,
    erasure_id: Uuid,
    service: &str,
    (rows, remaining): (i64, i64),
) -> anyhow::Result<()> {
    let (service, answered_at) = (service.to_owned(), event.time);
    let acknowledgement = Acknowledgement { service, rows, remaining, answered_at };
    Ok(erasures::ops::acknowledge(conn, erasure_id, &acknowledgement).await?)
}
