//! Queries on deliveries. Nothing here decides.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Kind, MAX_CONFIRMATIONS_PER_DAY, NewDelivery, State};
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

/// Counts one confirmation mail for an address; `false` when its day is full. The first of a day, as most are, takes one
/// statement.
pub(crate) async fn count_confirmation(
    conn: &mut Conn,
    address_tag: &str,
    day: NaiveDate,
) -> Result<bool, DbError> {
    let first = diesel::insert_into(mail_limits::table)
        .values((
            mail_limits::address_tag.eq(address_tag),
            mail_limits::day.eq(day),
            mail_limits::count.eq(1),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if first == 1 {
        return Ok(true);
    }
    let not_full = mail_limits::table
        .find((address_tag, day))
        .filter(mail_limits::count.lt(MAX_CONFIRMATIONS_PER_DAY));
    let counted = diesel::update(not_full)
        .set(mail_limits::count.eq(mail_limits::count + 1))
        .execute(conn)
        .await?;
    Ok(counted == 1)
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
    page: PageRequest,
) -> Result<Vec<Row>, DbError> {
    let mut query = deliveries::table.select(Row::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(deliveries::state.eq(state.as_str()));
    }
    if let Some(campaign_id) = campaign_id {
        query = query.filter(deliveries::campaign_id.eq(campaign_id));
    }
    Ok(query
        .filter(deliveries::id.gt(page.after()))
        .order(deliveries::id)
        .limit(page.rows())
        .load(conn)
        .await?)
}
