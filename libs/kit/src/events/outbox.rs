//! The outbox: a service's events are written in the transaction of the change that they report.

use contracts::Event;
use diesel::{insert_into, prelude::*, sql_types};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{
    db::{Conn, DbError, unnest::unnest},
    telemetry::propagation::current_traceparent,
};

diesel::table! {
    outbox (seq) {
        seq -> BigInt,
        id -> Uuid,
        tenant_id -> Uuid,
        topic -> Text,
        key -> Uuid,
        #[sql_name = "type"]
        kind -> Text,
        payload -> Text,
        traceparent -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

/// An event to be written, with its trace.
#[derive(Debug, Clone)]
pub struct Outgoing {
    id: Uuid,
    topic: &'static str,
    kind: &'static str,
    key: Uuid,
    payload: String,
    traceparent: Option<String>,
}

impl Outgoing {
    /// An event of the current trace. Its sealed fields must have been sealed for `id`.
    pub fn new<E: Event>(id: Uuid, event: &E) -> Result<Self, DbError> {
        let payload = serde_json::to_string(event)
            .map_err(|e| DbError::Query(diesel::result::Error::SerializationError(e.into())))?;
        let traceparent = current_traceparent();
        Ok(Self { id, topic: E::TOPIC, kind: E::TYPE, key: event.key(), payload, traceparent })
    }
}

/// Writes an event. Its sealed fields must have been sealed for `id`.
///
/// The relay publishes it after the commit. If the order of its events matters, the caller must have locked the
/// aggregate. It takes `&Conn`, so that it can be pipelined with other statements of the transaction.
pub async fn push<E: Event>(
    conn: &Conn,
    id: Uuid,
    tenant_id: Uuid,
    event: &E,
) -> Result<(), DbError> {
    push_all(conn, tenant_id, &[&Outgoing::new(id, event)?]).await
}

/// Writes several events of a tenant in one statement; they are published in their order.
pub async fn push_all(
    mut conn: &Conn,
    tenant_id: Uuid,
    events: &[&Outgoing],
) -> Result<(), DbError> {
    if events.is_empty() {
        return Ok(());
    }
    let rows = diesel::select((
        tenant_id.into_sql::<sql_types::Uuid>(),
        unnest::<sql_types::Uuid, _>(column(events, |event| event.id)),
        unnest::<sql_types::Text, _>(column(events, |event| event.topic)),
        unnest::<sql_types::Text, _>(column(events, |event| event.kind)),
        unnest::<sql_types::Uuid, _>(column(events, |event| event.key)),
        unnest::<sql_types::Text, _>(column(events, |event| event.payload.as_str())),
        unnest::<sql_types::Nullable<sql_types::Text>, _>(column(events, |event| {
            event.traceparent.as_deref()
        })),
    ));
    insert_into(outbox::table)
        .values(rows)
        .into_columns((
            outbox::tenant_id,
            outbox::id,
            outbox::topic,
            outbox::kind,
            outbox::key,
            outbox::payload,
            outbox::traceparent,
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

fn column<'a, T>(events: &[&'a Outgoing], value: impl Fn(&'a Outgoing) -> T) -> Vec<T> {
    events.iter().map(|event| value(event)).collect()
}
