//! Queries on `actions`.

use diesel::{prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError, violated_constraint},
    http::page::PageRequest,
};
use uuid::Uuid;

use self::row::Row;
use super::domain::{
    Action, Confirmation, ConfirmationOutcome, CountedAction, MessageState, Settlement, State,
};
use crate::schema::actions;

pub(crate) mod answers;
pub(super) mod erasure;
pub(super) mod insertion;
mod row;

/// The index that lets a person count once.
const ONE_CONFIRMED: &str = "actions_one_confirmed";

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Action>, DbError> {
    let row = actions::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Action::from))
}

pub(crate) async fn by_link(conn: &mut Conn, hash: &[u8]) -> Result<Option<Action>, DbError> {
    let query = actions::table.filter(actions::link_hash.eq(hash)).select(Row::as_select());
    Ok(query.first(conn).await.optional()?.map(Action::from))
}

/// The action of a person that counts.
pub(crate) async fn counted(
    conn: &mut Conn,
    campaign_id: Uuid,
    subject_id: Option<Uuid>,
) -> Result<Option<CountedAction>, DbError> {
    let row = actions::table
        .filter(actions::campaign_id.eq(campaign_id))
        .filter(actions::subject_id.eq(subject_id))
        .filter(actions::state.eq(State::Confirmed))
        .select((actions::confirmed_at, actions::message_state))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(confirmed_at, message_state)| CountedAction { confirmed_at, message_state }))
}

/// Either what test keys made, or everything else.
pub(super) async fn page(
    conn: &mut Conn,
    campaign_id: Uuid,
    test: bool,
    page: PageRequest,
) -> Result<Vec<Action>, DbError> {
    let rows: Vec<Row> = actions::table
        .filter(actions::campaign_id.eq(campaign_id))
        .filter(actions::test.eq(test))
        .filter(actions::id.gt(page.after()))
        .order(actions::id)
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Action::from).collect())
}

/// The tenants and ids of all tenants' actions whose lookup is pending, in the order of their ids.
pub(super) async fn pending(
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

/// Confirmed actions that are not anonymised, in the order of their ids.
pub(crate) async fn confirmed_page(
    conn: &mut Conn,
    campaign_id: Uuid,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Action>, DbError> {
    let rows: Vec<Row> = actions::table
        .filter(actions::campaign_id.eq(campaign_id))
        .filter(actions::state.eq(State::Confirmed))
        .filter(actions::id.gt(after))
        .order(actions::id)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Action::from).collect())
}

pub(crate) async fn confirm(
    conn: &mut Conn,
    confirmation: &Confirmation,
) -> Result<ConfirmationOutcome, DbError> {
    let updated = update(actions::table.find(confirmation.action_id))
        .filter(actions::state.eq(State::Submitted))
        .filter(actions::place_pending.eq(confirmation.read_pending))
        .set((
            actions::state.eq(State::Confirmed),
            actions::confirmed_at.eq(confirmation.confirmed_at),
            actions::message_id.eq(confirmation.message_id),
            actions::message_state.eq(confirmation.message_state),
        ))
        .execute(conn)
        .await;
    match updated {
        Ok(0) => Ok(ConfirmationOutcome::Changed),
        Ok(_) => Ok(ConfirmationOutcome::Confirmed),
        Err(error) if violated_constraint(&error) == Some(ONE_CONFIRMED) => {
            Ok(ConfirmationOutcome::Repeated)
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn set_repeated(conn: &mut Conn, id: Uuid) -> Result<usize, DbError> {
    Ok(update(actions::table.find(id))
        .filter(actions::state.eq(State::Submitted))
        .set(actions::state.eq(State::Repeated))
        .execute(conn)
        .await?)
}

pub(super) async fn set_delivery(
    conn: &mut Conn,
    message_id: Uuid,
    state: MessageState,
) -> Result<usize, DbError> {
    Ok(update(actions::table.filter(actions::message_id.eq(message_id)))
        .set(actions::message_state.eq(state))
        .execute(conn)
        .await?)
}

pub(super) async fn settle_lookup(
    conn: &mut Conn,
    settlement: &Settlement,
) -> Result<usize, DbError> {
    let constituency = settlement.lookup.constituency();
    Ok(update(actions::table.find(settlement.action_id))
        .filter(actions::place_pending)
        .filter(actions::state.eq(settlement.read_state))
        .set((
            actions::place_pending.eq(false),
            actions::constituency.eq(constituency.map(|it| &it.gss_code)),
            actions::constituency_name.eq(constituency.map(|it| &it.name)),
            actions::message_id.eq(settlement.message_id),
            actions::message_state.eq(settlement.message_state),
        ))
        .execute(conn)
        .await?)
}
