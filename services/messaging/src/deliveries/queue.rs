//! Queries on deliveries as a queue: claimed, renewed, begun, settled, taken from the dead. The rules of the room are
//! `store.rs`'s.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::{
    domain::{Claimed, Identity, Kind, SealedLetter, State},
    outcome::Settlement,
};
use crate::schema::deliveries;

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct Ids {
    id: Uuid,
    tenant_id: Uuid,
    kind: String,
    action_id: Uuid,
    campaign_id: Uuid,
    target_id: Option<Uuid>,
    subject_id: Uuid,
}

impl Ids {
    fn identity(self) -> Option<Identity> {
        let Self { id, tenant_id, kind, action_id, campaign_id, target_id, subject_id } = self;
        let kind = Kind::parse(&kind)?;
        Some(Identity { id, tenant_id, kind, action_id, campaign_id, target_id, subject_id })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct Held {
    #[diesel(embed)]
    ids: Ids,
    attempts: i32,
    created_at: DateTime<Utc>,
    token: String,
    header_id: String,
    to_name: Option<Vec<u8>>,
    to_address: Option<Vec<u8>>,
    from_name: Option<Vec<u8>>,
    reply_to: Option<Vec<u8>>,
    subject_line: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
}

impl Held {
    fn claimed(self, holder: Uuid) -> Option<Claimed> {
        let parts = (self.to_name, self.to_address, self.from_name, self.subject_line, self.body);
        let letter = match parts {
            (Some(to_name), Some(to_address), Some(from_name), Some(subject_line), Some(body)) => {
                let reply_to = self.reply_to;
                Some(SealedLetter { to_name, to_address, from_name, reply_to, subject_line, body })
            }
            _ => None,
        };
        let Self { attempts, created_at, token, header_id, .. } = self;
        let identity = self.ids.identity()?;
        Some(Claimed { identity, holder, attempts, created_at, token, header_id, letter })
    }
}

/// Takes up to `limit` mails that are due.
pub(crate) async fn claim(
    conn: &mut Conn,
    holder: Uuid,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Claimed>, DbError> {
    let due: Vec<Uuid> = deliveries::table
        .select(deliveries::id)
        .filter(deliveries::state.eq(State::Queued.as_str()))
        .filter(deliveries::next_attempt_at.le(now))
        .order(deliveries::next_attempt_at)
        .limit(limit)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let held: Vec<Held> = diesel::update(deliveries::table.filter(deliveries::id.eq_any(due)))
        .set((
            deliveries::state.eq(State::Claimed.as_str()),
            deliveries::holder.eq(holder),
            deliveries::lease_until.eq(lease_until),
        ))
        .returning(Held::as_returning())
        .get_results(conn)
        .await?;
    Ok(held.into_iter().filter_map(|row| row.claimed(holder)).collect())
}

/// Keeps what `holder` has for longer.
pub(crate) async fn renew(
    conn: &mut Conn,
    holders: &[Uuid],
    lease_until: DateTime<Utc>,
) -> Result<usize, DbError> {
    let mine = deliveries::table
        .filter(deliveries::holder.eq_any(holders))
        .filter(deliveries::state.eq_any([State::Claimed.as_str(), State::Sending.as_str()]));
    Ok(diesel::update(mine).set(deliveries::lease_until.eq(lease_until)).execute(conn).await?)
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

/// Marks mails `sending`; gives those that were still claimed by their holder. Only their text may be sent.
pub(crate) async fn begin(
    conn: &mut Conn,
    mails: &[(Uuid, Uuid)],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    let (ids, holders): (Vec<Uuid>, Vec<Uuid>) = mails.iter().copied().unzip();
    let begun: Vec<Id> = sql_query(
        "UPDATE deliveries d SET state = 'sending'
         FROM unnest($1, $2) AS o (id, holder)
         WHERE d.id = o.id AND d.holder = o.holder AND d.state = 'claimed' AND d.lease_until > $3
         RETURNING d.id",
    )
    .bind::<sql_types::Array<sql_types::Uuid>, _>(ids)
    .bind::<sql_types::Array<sql_types::Uuid>, _>(holders)
    .bind::<sql_types::Timestamptz, _>(now)
    .load(conn)
    .await?;
    Ok(begun.into_iter().map(|row| row.id).collect())
}

/// Writes outcomes down; gives the mails that were still their holder's. A letter that need not be sent again is cleared.
pub(crate) async fn settle(
    conn: &mut Conn,
    outcomes: &[(Uuid, Uuid, Settlement)],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    let ids: Vec<Uuid> = outcomes.iter().map(|(id, ..)| *id).collect();
    let holders: Vec<Uuid> = outcomes.iter().map(|(_, holder, _)| *holder).collect();
    let states: Vec<&str> = outcomes.iter().map(|(.., s)| s.state.as_str()).collect();
    let codes: Vec<Option<&str>> = outcomes.iter().map(|(.., s)| s.code.as_deref()).collect();
    let next: Vec<_> = outcomes.iter().map(|(.., s)| s.next_attempt_at).collect();
    let counts: Vec<i32> = outcomes.iter().map(|(.., s)| i32::from(s.counts)).collect();
    let settled: Vec<Id> = sql_query(
        "UPDATE deliveries d SET state = o.state, code = o.code, holder = NULL, lease_until = NULL,
           attempts = d.attempts + o.counts,
           next_attempt_at = coalesce(o.next_attempt_at, d.next_attempt_at),
           settled_at = CASE WHEN o.state = 'queued' THEN NULL ELSE $7 END,
           to_name = CASE WHEN o.keep THEN d.to_name END,
           to_address = CASE WHEN o.keep THEN d.to_address END,
           from_name = CASE WHEN o.keep THEN d.from_name END,
           reply_to = CASE WHEN o.keep THEN d.reply_to END,
           subject_line = CASE WHEN o.keep THEN d.subject_line END,
           body = CASE WHEN o.keep THEN d.body END
         FROM (SELECT *, state IN ('queued', 'unknown') AS keep
               FROM unnest($1, $2, $3, $4, $5, $6)
                 AS u (id, holder, state, code, next_attempt_at, counts)) o
         WHERE d.id = o.id AND d.holder = o.holder AND d.state IN ('claimed', 'sending')
         RETURNING d.id",
    )
    .bind::<sql_types::Array<sql_types::Uuid>, _>(ids)
    .bind::<sql_types::Array<sql_types::Uuid>, _>(holders)
    .bind::<sql_types::Array<sql_types::Text>, _>(states)
    .bind::<sql_types::Array<sql_types::Nullable<sql_types::Text>>, _>(codes)
    .bind::<sql_types::Array<sql_types::Nullable<sql_types::Timestamptz>>, _>(next)
    .bind::<sql_types::Array<sql_types::Integer>, _>(counts)
    .bind::<sql_types::Timestamptz, _>(now)
    .load(conn)
    .await?;
    Ok(settled.into_iter().map(|row| row.id).collect())
}

/// Gives back what dead holders had and surely or harmlessly may be sent again.
pub(crate) async fn requeue_lapsed(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, DbError> {
    let harmless = deliveries::state.eq(State::Claimed.as_str()).or(deliveries::state
        .eq(State::Sending.as_str())
        .and(deliveries::kind.eq(Kind::Confirmation.as_str())));
    let lapsed = deliveries::table.filter(deliveries::lease_until.lt(now)).filter(harmless);
    let rows = diesel::update(lapsed)
        .set((
            deliveries::state.eq(State::Queued.as_str()),
            deliveries::holder.eq(None::<Uuid>),
            deliveries::lease_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
        .await?;
    Ok(rows)
}

/// Marks as unknown what dead holders were sending to representatives.
pub(crate) async fn give_up_lapsed(
    conn: &mut Conn,
    now: DateTime<Utc>,
    code: &str,
) -> Result<Vec<Identity>, DbError> {
    let lapsed = deliveries::table
        .filter(deliveries::lease_until.lt(now))
        .filter(deliveries::state.eq(State::Sending.as_str()))
        .filter(deliveries::kind.eq(Kind::Representative.as_str()));
    let rows: Vec<Ids> = diesel::update(lapsed)
        .set((
            deliveries::state.eq(State::Unknown.as_str()),
            deliveries::code.eq(code),
            deliveries::attempts.eq(deliveries::attempts + 1),
            deliveries::settled_at.eq(now),
            deliveries::holder.eq(None::<Uuid>),
            deliveries::lease_until.eq(None::<DateTime<Utc>>),
        ))
        .returning(Ids::as_returning())
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().filter_map(Ids::identity).collect())
}
