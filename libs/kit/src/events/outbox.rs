//! The outbox: a service's events are written in the transaction of the change that they report.

use contracts::Event;
use diesel::{insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{
    db::{Conn, DbError},
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

/// Writes an event. Its sealed fields must have been sealed for `id`.
///
/// The relay publishes it after the commit. If the order of its events matters, the caller must have locked the
/// aggregate. It takes `&Conn`, so that it can be pipelined with other statements of the transaction.
pub async fn push<E: Event>(
    mut conn: &Conn,
    id: Uuid,
    tenant_id: Uuid,
    event: &E,
) -> Result<(), DbError> {
    let payload = serde_json::to_string(event)
        .map_err(|e| DbError::Query(diesel::result::Error::SerializationError(e.into())))?;
    insert_into(outbox::table)
        .values((
            outbox::id.eq(id),
            outbox::tenant_id.eq(tenant_id),
            outbox::topic.eq(E::TOPIC),
            outbox::key.eq(event.key()),
            outbox::kind.eq(E::TYPE),
            outbox::payload.eq(payload),
            outbox::traceparent.eq(current_traceparent()),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}
