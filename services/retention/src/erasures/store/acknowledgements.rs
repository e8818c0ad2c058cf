//! Queries on `answers`: what each service acknowledged of an erasure.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{
    erasures::domain::{Acknowledgement, Erasure},
    schema::answers,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = answers, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    erasure_id: Uuid,
    service: String,
    tenant_id: Uuid,
    rows: i64,
    remaining: i64,
    answered_at: DateTime<Utc>,
}

/// Adds up the rows of all acknowledgements of a service; what remains is what the last one says.
pub(crate) async fn save(
    conn: &mut Conn,
    erasure: &Erasure,
    acknowledgement: &Acknowledgement,
) -> Result<usize, DbError> {
    let row = Row {
        erasure_id: erasure.id,
        service: acknowledgement.service.clone(),
        tenant_id: erasure.tenant_id,
        rows: acknowledgement.rows,
        remaining: acknowledgement.remaining,
        answered_at: acknowledgement.answered_at,
    };
    Ok(insert_into(answers::table)
        .values(row)
        .on_conflict((answers::erasure_id, answers::service))
        .do_update()
        .set((
            answers::rows.eq(answers::rows + excluded(answers::rows)),
            answers::remaining.eq(excluded(answers::remaining)),
            answers::answered_at.eq(excluded(answers::answered_at)),
        ))
        .execute(conn)
        .await?)
}

/// By erasure, in the order of the services' names.
pub(crate) async fn by_erasures(
    conn: &mut Conn,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Acknowledgement>>, DbError> {
    let rows: Vec<Row> = answers::table
        .filter(answers::erasure_id.eq_any(ids))
        .order((answers::erasure_id, answers::service))
        .select(Row::as_select())
        .load(conn)
        .await?;
    let mut all: HashMap<Uuid, Vec<Acknowledgement>> = HashMap::new();
    for Row { erasure_id, service, rows, remaining, answered_at, .. } in rows {
        let acknowledgement = Acknowledgement { service, rows, remaining, answered_at };
        all.entry(erasure_id).or_default().push(acknowledgement);
    }
    Ok(all)
}
