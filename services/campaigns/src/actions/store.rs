//! Queries on `actions` and `action_consents`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use futures_util::future::{try_join, try_join_all};
use kit::{
    db::{Conn, DbError, violated_constraint},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{
    Action, Answer, Constituency, MessageState, NewAction, Place, SealedPersonal, SealedText,
    Settlement, State, Supporter,
};
use crate::schema::{action_consents, actions};

/// The index that lets a person count once.
const ONE_CONFIRMED: &str = "actions_one_confirmed";

#[derive(Queryable, Selectable)]
#[diesel(table_name = actions, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    campaign_id: Uuid,
    subject_id: Option<Uuid>,
    state: String,
    name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
    postcode: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
    own_words: Option<Vec<u8>>,
    subject_line: Option<Vec<u8>>,
    constituency: Option<String>,
    constituency_name: Option<String>,
    place_pending: bool,
    taken_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    message_state: Option<String>,
}

/// What confirming changes.
pub(crate) struct Confirmation {
    pub(crate) action_id: Uuid,
    pub(crate) read_pending: bool,
    pub(crate) at: DateTime<Utc>,
    pub(crate) message_id: Option<Uuid>,
    pub(crate) message_state: Option<MessageState>,
}

/// How confirming ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Confirmed {
    Now,
    /// The row changed since it was read.
    Changed,
    /// The person's other action counts already; the transaction is lost.
    Repeated,
}

/// Writes an action and its answers; the statements travel together.
pub(super) async fn insert(conn: &Conn, new: &NewAction) -> Result<(), DbError> {
    let row = insert_row(conn, new);
    let answers = new.answers.iter().map(|answer| insert_answer(conn, new, answer));
    try_join(row, try_join_all(answers)).await?;
    Ok(())
}

async fn insert_row(mut conn: &Conn, new: &NewAction) -> Result<usize, DbError> {
    let action = &new.action;
    let personal = action.supporter.as_ref().map(|of| &of.personal);
    let place = action.place.constituency.as_ref();
    let statement = insert_into(actions::table).values((
        actions::id.eq(action.id),
        actions::tenant_id.eq(action.tenant_id),
        actions::campaign_id.eq(action.campaign_id),
        actions::subject_id.eq(new.subject_id),
        actions::state.eq(action.state.as_str()),
        actions::name.eq(personal.map(|of| of.name.as_bytes())),
        actions::email.eq(personal.map(|of| of.email.as_bytes())),
        actions::postcode.eq(personal.map(|of| of.postcode.as_bytes())),
        actions::address.eq(personal.map(|of| of.address.as_bytes())),
        actions::own_words.eq(personal.and_then(|of| bytes(of.own_words.as_ref()))),
        actions::subject_line.eq(personal.and_then(|of| bytes(of.subject_line.as_ref()))),
        actions::constituency.eq(place.map(|of| &of.gss_code)),
        actions::constituency_name.eq(place.map(|of| &of.name)),
        actions::place_pending.eq(action.place.pending),
        actions::link_hash.eq(new.link_hash.as_deref()),
        actions::taken_at.eq(action.taken_at),
        actions::expires_at.eq(action.expires_at),
    ));
    Ok(statement.execute(&mut conn).await?)
}

async fn insert_answer(
    mut conn: &Conn,
    new: &NewAction,
    answer: &Answer,
) -> Result<usize, DbError> {
    let statement = insert_into(action_consents::table).values((
        action_consents::action_id.eq(new.action.id),
        action_consents::consent_id.eq(&answer.consent_id),
        action_consents::tenant_id.eq(new.action.tenant_id),
        action_consents::subject_id.eq(new.subject_id),
        action_consents::given.eq(answer.given),
        action_consents::wording_version.eq(new.wording_version),
    ));
    Ok(statement.execute(&mut conn).await?)
}

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Action>, DbError> {
    let row = actions::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    row.map(Row::into_action).transpose()
}

pub(crate) async fn by_link(conn: &mut Conn, hash: &[u8]) -> Result<Option<Action>, DbError> {
    let query = actions::table.filter(actions::link_hash.eq(hash)).select(Row::as_select());
    query.first(conn).await.optional()?.map(Row::into_action).transpose()
}

pub(super) async fn page(
    conn: &mut Conn,
    campaign_id: Uuid,
    page: PageRequest,
) -> Result<Vec<Action>, DbError> {
    let rows: Vec<Row> = actions::table
        .filter(actions::campaign_id.eq(campaign_id))
        .filter(actions::id.gt(page.after()))
        .order(actions::id)
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_action).collect()
}

/// Actions of all tenants whose place is not known yet, in order; for the job.
pub(crate) async fn pending(
    conn: &mut Conn,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>, DbError> {
    Ok(actions::table
        .filter(actions::place_pending)
        .filter(actions::id.gt(after))
        .order(actions::id)
        .limit(limit)
        .select((actions::tenant_id, actions::id))
        .load(conn)
        .await?)
}

/// Confirmed actions of people who are still there, in order.
pub(crate) async fn confirmed_page(
    conn: &mut Conn,
    campaign_id: Uuid,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Action>, DbError> {
    let rows: Vec<Row> = actions::table
        .filter(actions::campaign_id.eq(campaign_id))
        .filter(actions::state.eq(State::Confirmed.as_str()))
        .filter(actions::id.gt(after))
        .order(actions::id)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_action).collect()
}

/// Answers of these actions, as (action, consent, given, version of the wording).
pub(crate) async fn answers(
    conn: &mut Conn,
    of: &[Uuid],
) -> Result<Vec<(Uuid, String, bool, i32)>, DbError> {
    Ok(action_consents::table
        .filter(action_consents::action_id.eq_any(of))
        .order((action_consents::action_id, action_consents::consent_id))
        .select((
            action_consents::action_id,
            action_consents::consent_id,
            action_consents::given,
            action_consents::wording_version,
        ))
        .load(conn)
        .await?)
}

pub(crate) async fn confirm(conn: &mut Conn, of: &Confirmation) -> Result<Confirmed, DbError> {
    let updated = update(actions::table.find(of.action_id))
        .filter(actions::state.eq(State::Submitted.as_str()))
        .filter(actions::place_pending.eq(of.read_pending))
        .set((
            actions::state.eq(State::Confirmed.as_str()),
            actions::confirmed_at.eq(of.at),
            actions::message_id.eq(of.message_id),
            actions::message_state.eq(of.message_state.map(MessageState::as_str)),
        ))
        .execute(conn)
        .await;
    match updated {
        Ok(0) => Ok(Confirmed::Changed),
        Ok(_) => Ok(Confirmed::Now),
        Err(error) if violated_constraint(&error) == Some(ONE_CONFIRMED) => Ok(Confirmed::Repeated),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn set_repeated(conn: &mut Conn, id: Uuid) -> Result<usize, DbError> {
    Ok(update(actions::table.find(id))
        .filter(actions::state.eq(State::Submitted.as_str()))
        .set(actions::state.eq(State::Repeated.as_str()))
        .execute(conn)
        .await?)
}

pub(super) async fn set_delivery(
    conn: &mut Conn,
    message_id: Uuid,
    state: MessageState,
) -> Result<usize, DbError> {
    Ok(update(actions::table.filter(actions::message_id.eq(message_id)))
        .set(actions::message_state.eq(state.as_str()))
        .execute(conn)
        .await?)
}

pub(super) async fn settle_place(conn: &mut Conn, of: &Settlement) -> Result<usize, DbError> {
    let place = of.place.constituency.as_ref();
    Ok(update(actions::table.find(of.action_id))
        .filter(actions::place_pending)
        .filter(actions::state.eq(of.read_state.as_str()))
        .set((
            actions::place_pending.eq(false),
            actions::constituency.eq(place.map(|of| &of.gss_code)),
            actions::constituency_name.eq(place.map(|of| &of.name)),
            actions::message_id.eq(of.message_id),
            actions::message_state.eq(of.message_state.map(MessageState::as_str)),
        ))
        .execute(conn)
        .await?)
}

fn bytes(sealed: Option<&SealedText>) -> Option<&[u8]> {
    sealed.map(SealedText::as_bytes)
}

impl Row {
    fn into_action(self) -> Result<Action, DbError> {
        let personal = self.name.zip(self.email).zip(self.postcode.zip(self.address));
        let personal = personal.map(|((name, email), (postcode, address))| SealedPersonal {
            name: SealedText::from_bytes(name),
            email: SealedText::from_bytes(email),
            postcode: SealedText::from_bytes(postcode),
            address: SealedText::from_bytes(address),
            own_words: self.own_words.map(SealedText::from_bytes),
            subject_line: self.subject_line.map(SealedText::from_bytes),
        });
        let constituency = self.constituency.zip(self.constituency_name);
        let message_state = self.message_state.as_deref();
        Ok(Action {
            id: self.id,
            tenant_id: self.tenant_id,
            campaign_id: self.campaign_id,
            state: State::parse(&self.state).ok_or_else(unreadable)?,
            supporter: self
                .subject_id
                .zip(personal)
                .map(|(subject_id, personal)| Supporter { subject_id, personal }),
            place: Place {
                constituency: constituency.map(|(gss_code, name)| Constituency { gss_code, name }),
                pending: self.place_pending,
            },
            taken_at: self.taken_at,
            expires_at: self.expires_at,
            confirmed_at: self.confirmed_at,
            message_state: message_state
                .map(|text| MessageState::parse(text).ok_or_else(unreadable))
                .transpose()?,
        })
    }
}

fn unreadable() -> DbError {
    DbError::Query(diesel::result::Error::DeserializationError("an unknown state".into()))
}
