//! Queries of the audit log: insert and read, nothing else.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Actor, Entry, Written};
use crate::schema::audit;

/// Writes an entry.
pub(crate) async fn insert(conn: &mut Conn, entry: &Entry) -> Result<(), DbError> {
    insert_into(audit::table)
        .values((
            audit::id.eq(entry.id),
            audit::tenant_id.eq(entry.tenant_id),
            audit::actor_kind.eq(&entry.actor.kind),
            audit::actor_id.eq(entry.actor.id),
            audit::action.eq(entry.action.as_str()),
            audit::object_kind.eq(entry.action.object_kind()),
            audit::object_id.eq(entry.object_id),
            audit::at.eq(entry.at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

type Row = (Uuid, String, Uuid, String, String, Uuid, DateTime<Utc>);

/// Newest first; one row more than `limit` tells that there are more.
pub(crate) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<Written>, DbError> {
    let rows: Vec<Row> = audit::table
        .filter(audit::tenant_id.eq(tenant_id))
        .select((
            audit::id,
            audit::actor_kind,
            audit::actor_id,
            audit::action,
            audit::object_kind,
            audit::object_id,
            audit::at,
        ))
        .filter(audit::id.lt(page.before()))
        .order(audit::id.desc())
        .limit(page.rows())
        .load(conn)
        .await?;
    let entry = |(id, kind, actor, action, object_kind, object_id, at)| Written {
        id,
        actor: Actor { kind, id: actor },
        action,
        object_kind,
        object_id,
        at,
    };
    Ok(rows.into_iter().map(entry).collect())
}
