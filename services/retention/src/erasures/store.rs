//! The ledger and its answers in SQL.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    dsl::{not, sql},
    insert_into,
    prelude::*,
    sql_types::{Bool, Double},
    update,
    upsert::excluded,
};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{ANNOUNCE_AGAIN, ANNOUNCE_UNTIL, Answer, Erasure, SERVICES, State};
use crate::schema::{answers, erasures};

/// Erasures taken up in one run of a job.
const BATCH: i64 = 100;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = erasures)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    subject: Option<Uuid>,
    actor_id: String,
    source_hint: Option<String>,
    state: String,
    recorded_at: DateTime<Utc>,
    keys_destroyed_at: Option<DateTime<Utc>>,
    keys: i64,
    announced_at: Option<DateTime<Utc>>,
    probed_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    receipt: Option<String>,
}

impl From<&Erasure> for Row {
    fn from(erasure: &Erasure) -> Self {
        Self {
            id: erasure.id,
            tenant_id: erasure.tenant_id,
            subject: erasure.subject_id,
            actor_id: erasure.actor_id.clone(),
            source_hint: erasure.source_hint.clone(),
            state: erasure.state.name().to_owned(),
            recorded_at: erasure.recorded_at,
            keys_destroyed_at: erasure.keys_destroyed_at,
            keys: erasure.keys,
            announced_at: erasure.announced_at,
            probed_at: erasure.probed_at,
            completed_at: erasure.completed_at,
            receipt: erasure.receipt.clone(),
        }
    }
}

impl From<Row> for Erasure {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            subject_id: row.subject,
            actor_id: row.actor_id,
            source_hint: row.source_hint,
            // The table's check knows no other names; the earliest state is the one that loses nothing.
            state: State::parse(&row.state).unwrap_or(State::Recorded),
            recorded_at: row.recorded_at,
            keys_destroyed_at: row.keys_destroyed_at,
            keys: row.keys,
            announced_at: row.announced_at,
            probed_at: row.probed_at,
            completed_at: row.completed_at,
            receipt: row.receipt,
        }
    }
}

fn all(rows: Vec<Row>) -> Vec<Erasure> {
    rows.into_iter().map(Erasure::from).collect()
}

/// Writes a line into the ledger.
pub async fn insert(conn: &mut Conn, erasure: &Erasure) -> Result<(), DbError> {
    insert_into(erasures::table).values(Row::from(erasure)).execute(conn).await?;
    Ok(())
}

/// Saves how far an erasure has come.
pub async fn save(conn: &mut Conn, erasure: &Erasure) -> Result<usize, DbError> {
    let line = erasures::table.filter(erasures::id.eq(erasure.id));
    Ok(update(line).set(Row::from(erasure)).execute(conn).await?)
}

/// Notes when the services were told.
pub async fn announced(conn: &mut Conn, id: Uuid, at: DateTime<Utc>) -> Result<usize, DbError> {
    let line = erasures::table.filter(erasures::id.eq(id));
    Ok(update(line).set(erasures::announced_at.eq(at)).execute(conn).await?)
}

/// One erasure.
pub async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Erasure>, DbError> {
    let row = erasures::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Erasure::from))
}

/// One erasure, kept from others until the transaction ends.
pub async fn lock(conn: &mut Conn, id: Uuid) -> Result<Option<Erasure>, DbError> {
    let line = erasures::table.find(id).select(Row::as_select()).for_update();
    Ok(line.first(conn).await.optional()?.map(Erasure::from))
}

/// A page, oldest first.
pub async fn page(
    conn: &mut Conn,
    state: Option<State>,
    page: PageRequest,
) -> Result<Vec<Erasure>, DbError> {
    let mut query = erasures::table.select(Row::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(erasures::state.eq(state.name()));
    }
    Ok(all(query
        .filter(erasures::id.gt(page.after()))
        .order(erasures::id)
        .limit(page.rows())
        .load(conn)
        .await?))
}

/// Whether a person's erasure has begun.
pub async fn is_erased(conn: &mut Conn, subject_id: Uuid) -> Result<bool, DbError> {
    let lines = erasures::table.filter(erasures::subject.eq(subject_id));
    Ok(diesel::select(diesel::dsl::exists(lines)).get_result(conn).await?)
}

/// Adds what a service says. When it was asked again, its rows add up and what remains is what it says now.
pub async fn put_answer(
    conn: &mut Conn,
    erasure: &Erasure,
    answer: &Answer,
) -> Result<usize, DbError> {
    Ok(insert_into(answers::table)
        .values((
            answers::erasure_id.eq(erasure.id),
            answers::service.eq(&answer.service),
            answers::tenant_id.eq(erasure.tenant_id),
            answers::rows.eq(answer.rows),
            answers::remaining.eq(answer.remaining),
            answers::answered_at.eq(answer.answered_at),
        ))
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

/// What the services say of some erasures.
pub async fn answers_of(
    conn: &mut Conn,
    erasure_ids: &[Uuid],
) -> Result<Vec<(Uuid, Answer)>, DbError> {
    let rows: Vec<(Uuid, String, i64, i64, DateTime<Utc>)> = answers::table
        .filter(answers::erasure_id.eq_any(erasure_ids))
        .order((answers::erasure_id, answers::service))
        .select((
            answers::erasure_id,
            answers::service,
            answers::rows,
            answers::remaining,
            answers::answered_at,
        ))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, service, rows, remaining, answered_at)| {
            (id, Answer { service, rows, remaining, answered_at })
        })
        .collect())
}

/// How many erasures were recorded before `since` and are not complete.
pub async fn open_since(conn: &mut Conn, since: DateTime<Utc>) -> Result<i64, DbError> {
    Ok(erasures::table
        .filter(erasures::state.ne(State::Complete.name()))
        .filter(erasures::recorded_at.lt(since))
        .count()
        .get_result(conn)
        .await?)
}

/// Erasures in the ledger whose keys were not destroyed: the request that recorded them did not get so far.
pub async fn stuck(conn: &mut Conn, since: DateTime<Utc>) -> Result<Vec<Erasure>, DbError> {
    Ok(all(erasures::table
        .filter(erasures::state.eq(State::Recorded.name()))
        .filter(erasures::recorded_at.lt(since))
        .order(erasures::recorded_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?))
}

/// Erasures that should be announced again.
pub async fn unanswered(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<Erasure>, DbError> {
    Ok(all(erasures::table
        .filter(erasures::state.eq_any([State::KeysDestroyed.name(), State::Partial.name()]))
        .filter(erasures::announced_at.lt(now - ANNOUNCE_AGAIN))
        .filter(erasures::recorded_at.gt(now - ANNOUNCE_UNTIL))
        .order(erasures::announced_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?))
}

/// Erasures whose keys are gone for `bound`, and that were not announced since: no answer to them counts yet.
pub async fn unsettled(
    conn: &mut Conn,
    now: DateTime<Utc>,
    bound: TimeDelta,
) -> Result<Vec<Erasure>, DbError> {
    let early = sql::<Bool>("announced_at < keys_destroyed_at + make_interval(secs => ")
        .bind::<Double, _>(bound.as_seconds_f64())
        .sql(")");
    Ok(all(erasures::table
        .filter(erasures::state.eq_any([State::KeysDestroyed.name(), State::Partial.name()]))
        .filter(erasures::keys_destroyed_at.le(now - bound))
        .filter(early)
        .order(erasures::announced_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?))
}

/// Erasures that can be settled: everybody has answered, and either somebody holds rows, which is new, or nobody does, by
/// answers that count. Our own answer is given anew when we settle.
pub async fn answered(conn: &mut Conn, settle: TimeDelta) -> Result<Vec<Erasure>, DbError> {
    let everybody = sql::<Bool>(&format!(
        "(SELECT count(*) FROM answers a WHERE a.erasure_id = erasures.id) = {}",
        SERVICES.len()
    ));
    let dirty = || {
        sql::<Bool>(
            "EXISTS (SELECT FROM answers a WHERE a.erasure_id = erasures.id AND a.remaining > 0)",
        )
    };
    let early = sql::<Bool>(
        "EXISTS (SELECT FROM answers a WHERE a.erasure_id = erasures.id AND a.service <> 'retention'
           AND a.answered_at < erasures.keys_destroyed_at + make_interval(secs => ",
    )
    .bind::<Double, _>(settle.as_seconds_f64())
    .sql("))");
    let open = erasures::state.eq_any([State::KeysDestroyed.name(), State::Partial.name()]);
    let found = erasures::state.eq(State::KeysDestroyed.name()).and(dirty());
    Ok(all(erasures::table
        .filter(everybody)
        .filter(open)
        .filter(found.or(not(dirty()).and(not(early))))
        .order(erasures::recorded_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?))
}
