//! Queries on `deliveries`.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
    telemetry::propagation::current_traceparent,
};
use uuid::Uuid;

use super::domain::{Attempt, ClaimedDelivery, Delivery, Notice, State};
use crate::{endpoints::domain::EventType, schema::deliveries};

pub(super) mod attempts;
pub(crate) mod claims;
pub(super) mod ended;

/// The states of a delivery that is not finished.
const OPEN: [State; 3] = [State::Pending, State::Delivering, State::Retrying];

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    endpoint_id: Uuid,
    event_id: Uuid,
    event_type: String,
    state: State,
    tries: i32,
    next_at: DateTime<Utc>,
    last_status: Option<i32>,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

/// Queues a notice, unless it is already queued for this endpoint.
pub(super) async fn insert(
    conn: &mut Conn,
    id: Uuid,
    endpoint_id: Uuid,
    notice: &Notice,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(insert_into(deliveries::table)
        .values((
            deliveries::id.eq(id),
            deliveries::tenant_id.eq(notice.tenant_id),
            deliveries::endpoint_id.eq(endpoint_id),
            deliveries::event_id.eq(notice.event_id),
            deliveries::event_type.eq(notice.event_type),
            deliveries::body.eq(&notice.body),
            deliveries::state.eq(State::Pending),
            deliveries::next_at.eq(due_at),
            deliveries::created_at.eq(now),
            deliveries::traceparent.eq(current_traceparent()),
            deliveries::action_id.eq(notice.about.action_id),
            deliveries::subject_id.eq(notice.about.subject_id),
        ))
        .on_conflict((deliveries::endpoint_id, deliveries::event_id))
        .do_nothing()
        .execute(conn)
        .await?)
}

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Delivery>, DbError> {
    let row = deliveries::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Delivery::from))
}

pub(super) async fn page(
    conn: &mut Conn,
    state: Option<State>,
    endpoint_id: Option<Uuid>,
    page: PageRequest,
) -> Result<Vec<Delivery>, DbError> {
    let mut query = deliveries::table.select(Row::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(deliveries::state.eq(state));
    }
    if let Some(endpoint_id) = endpoint_id {
        query = query.filter(deliveries::endpoint_id.eq(endpoint_id));
    }
    let rows: Vec<Row> = query
        .filter(deliveries::id.gt(page.after()))
        .order(deliveries::id)
        .limit(page.rows())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// Updates a delivery that still belongs to the sender. The notice of an end has no body once it is finished.
pub(super) async fn finish(
    conn: &mut Conn,
    delivery: &ClaimedDelivery,
    attempt: &Attempt,
    state: State,
    next_at: Option<DateTime<Utc>>,
) -> Result<usize, DbError> {
    let is_finished = next_at.is_none();
    let is_end = EventType::ENDS.iter().any(|end| end.as_str() == delivery.event_type);
    let own = deliveries::table
        .filter(deliveries::id.eq(delivery.id))
        .filter(deliveries::claim.eq(delivery.claim))
        .filter(deliveries::state.eq(State::Delivering));
    Ok(update(own)
        .set((
            deliveries::state.eq(state),
            deliveries::tries.eq(delivery.tries),
            deliveries::next_at.eq(next_at.unwrap_or(attempt.at)),
            deliveries::last_status.eq(attempt.status),
            deliveries::last_error.eq(&attempt.error),
            deliveries::finished_at.eq(is_finished.then_some(attempt.at)),
            deliveries::body.eq((!is_finished || !is_end).then_some(delivery.body.as_str())),
        ))
        .execute(conn)
        .await?)
}

/// Whether a delivery is still there; if so, it stays until the transaction ends.
pub(super) async fn hold(conn: &mut Conn, id: Uuid) -> Result<bool, DbError> {
    let row = deliveries::table.find(id).select(deliveries::id).for_key_share();
    Ok(row.first::<Uuid>(conn).await.optional()?.is_some())
}

/// Cancels what is queued for an endpoint.
pub(crate) async fn cancel(
    conn: &mut Conn,
    endpoint_id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let open = deliveries::table
        .filter(deliveries::endpoint_id.eq(endpoint_id))
        .filter(deliveries::state.eq_any(OPEN));
    Ok(update(open)
        .set((
            deliveries::state.eq(State::Cancelled),
            deliveries::finished_at.eq(now),
            deliveries::body.eq(None::<String>),
        ))
        .execute(conn)
        .await?)
}

pub(super) async fn delete_bodies(
    conn: &mut Conn,
    before: DateTime<Utc>,
) -> Result<usize, DbError> {
    let old = deliveries::table
        .filter(deliveries::created_at.lt(before))
        .filter(deliveries::body.is_not_null());
    Ok(update(old).set(deliveries::body.eq(None::<String>)).execute(conn).await?)
}

/// The attempts go with their deliveries.
pub(super) async fn delete_before(
    conn: &mut Conn,
    before: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(delete(deliveries::table.filter(deliveries::created_at.lt(before))).execute(conn).await?)
}

/// Deletes the deliveries about an action or a person.
pub(super) async fn delete_about(conn: &mut Conn, id: Uuid) -> Result<usize, DbError> {
    let about = deliveries::action_id.eq(id).or(deliveries::subject_id.eq(id));
    Ok(delete(deliveries::table.filter(about)).execute(conn).await?)
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            endpoint_id: row.endpoint_id,
            event_id: row.event_id,
            event_type: row.event_type,
            state: row.state,
            tries: row.tries,
            next_at: row.next_at,
            last_status: row.last_status,
            last_error: row.last_error,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}
