//! Queries on deliveries. Nothing here decides.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{prelude::*, query_dsl::methods, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::{
    Claimed, Identity, Kind, MAX_CONFIRMATIONS_PER_DAY, NewDelivery, SealedLetter, Settlement,
    State,
};
use crate::schema::{deliveries, mail_limits};

/// A delivery without anything personal.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = deliveries)]
pub(crate) struct Row {
    /// The mail.
    pub id: Uuid,
    /// `confirmation`, `representative`.
    pub kind: String,
    /// The action it belongs to.
    pub action_id: Uuid,
    /// The campaign.
    pub campaign_id: Uuid,
    /// The representative.
    pub target_id: Option<Uuid>,
    /// Where it stands.
    pub state: String,
    /// SMTP reply code, or ours.
    pub code: Option<String>,
    /// Attempts so far.
    pub attempts: i32,
    /// When it is tried next.
    pub next_attempt_at: DateTime<Utc>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// When nothing more was to be done.
    pub settled_at: Option<DateTime<Utc>>,
}

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

/// Writes a mail down; `false` when it already is.
pub(crate) async fn insert(conn: &mut Conn, new: NewDelivery) -> Result<bool, DbError> {
    let letter = new.letter.unwrap_or_default();
    let sealed = |part: Vec<u8>| (!part.is_empty()).then_some(part);
    let rows = diesel::insert_into(deliveries::table)
        .values((
            deliveries::id.eq(new.identity.id),
            deliveries::tenant_id.eq(new.identity.tenant_id),
            deliveries::kind.eq(new.identity.kind.as_str()),
            deliveries::action_id.eq(new.identity.action_id),
            deliveries::campaign_id.eq(new.identity.campaign_id),
            deliveries::target_id.eq(new.identity.target_id),
            deliveries::subject_id.eq(new.identity.subject_id),
            deliveries::state.eq(new.state.as_str()),
            deliveries::code.eq(new.code),
            deliveries::next_attempt_at.eq(new.at),
            deliveries::token.eq(new.token),
            deliveries::header_id.eq(new.header_id),
            deliveries::created_at.eq(new.at),
            deliveries::settled_at.eq(new.state.is_settled().then_some(new.at)),
            deliveries::to_name.eq(sealed(letter.to_name)),
            deliveries::to_address.eq(sealed(letter.to_address)),
            deliveries::from_name.eq(sealed(letter.from_name)),
            deliveries::reply_to.eq(letter.reply_to),
            deliveries::subject_line.eq(sealed(letter.subject_line)),
            deliveries::body.eq(sealed(letter.body)),
        ))
        .on_conflict(deliveries::id)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(rows == 1)
}

/// Counts one confirmation mail for an address; `false` when its day is full.
pub(crate) async fn count_confirmation(
    conn: &mut Conn,
    address_tag: &str,
    day: NaiveDate,
) -> Result<bool, DbError> {
    let counted = diesel::insert_into(mail_limits::table)
        .values((
            mail_limits::address_tag.eq(address_tag),
            mail_limits::day.eq(day),
            mail_limits::count.eq(1),
        ))
        .on_conflict((mail_limits::address_tag, mail_limits::day))
        .do_update()
        .set(mail_limits::count.eq(mail_limits::count + 1));
    let not_full = mail_limits::count.lt(MAX_CONFIRMATIONS_PER_DAY);
    let rows = methods::FilterDsl::filter(counted, not_full).execute(conn).await?;
    Ok(rows == 1)
}

/// Forgets the counts of days before `day`.
pub(crate) async fn sweep_limits(conn: &mut Conn, day: NaiveDate) -> Result<usize, DbError> {
    let old = mail_limits::table.filter(mail_limits::day.lt(day));
    Ok(diesel::delete(old).execute(conn).await?)
}

/// Deletes settled confirmation mails written down before `time`: their links are dead.
pub(crate) async fn sweep_confirmations(
    conn: &mut Conn,
    time: DateTime<Utc>,
) -> Result<usize, DbError> {
    let old = deliveries::table
        .filter(deliveries::kind.eq(Kind::Confirmation.as_str()))
        .filter(deliveries::created_at.lt(time))
        .filter(deliveries::settled_at.is_not_null());
    Ok(diesel::delete(old).execute(conn).await?)
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

/// Deletes a person's mails.
pub(crate) async fn erase_subject(conn: &mut Conn, subject_id: Uuid) -> Result<usize, DbError> {
    let theirs = deliveries::table.filter(deliveries::subject_id.eq(subject_id));
    Ok(diesel::delete(theirs).execute(conn).await?)
}

/// Deletes an action's mails.
pub(crate) async fn erase_action(conn: &mut Conn, action_id: Uuid) -> Result<usize, DbError> {
    let its = deliveries::table.filter(deliveries::action_id.eq(action_id));
    Ok(diesel::delete(its).execute(conn).await?)
}

/// One delivery.
pub(crate) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Row>, DbError> {
    let found = deliveries::table.find(id).select(Row::as_select()).first(conn).await;
    Ok(found.optional()?)
}

/// A page of deliveries, one row more than asked for when there are more.
pub(crate) async fn page(
    conn: &mut Conn,
    state: Option<State>,
    campaign_id: Option<Uuid>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Row>, DbError> {
    let mut query = deliveries::table.select(Row::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(deliveries::state.eq(state.as_str()));
    }
    if let Some(campaign_id) = campaign_id {
        query = query.filter(deliveries::campaign_id.eq(campaign_id));
    }
    if let Some(after) = after {
        query = query.filter(deliveries::id.gt(after));
    }
    Ok(query.order(deliveries::id).limit(limit + 1).load(conn).await?)
}
