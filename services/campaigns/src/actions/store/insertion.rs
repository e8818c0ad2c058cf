//! Inserts actions and their answers: one statement for each table, however many people act at the same moment.

use diesel::{
    insert_into,
    prelude::*,
    select,
    sql_types::{Bool, Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use futures_util::future::try_join;
use kit::db::{Conn, DbError, unnest::unnest};
use uuid::Uuid;

use crate::{
    actions::domain::{ConsentAnswer, NewAction, SealedPersonal, SealedText},
    constituencies::domain::{Constituency, ConstituencyLookup},
    schema::{action_consents, actions},
};

/// Inserts submitted actions of one tenant with their answers; the two statements travel together.
pub(in crate::actions) async fn insert(
    conn: &Conn,
    tenant_id: Uuid,
    new: &[&NewAction],
) -> Result<(), DbError> {
    try_join(insert_actions(conn, tenant_id, new), insert_answers(conn, tenant_id, new)).await?;
    Ok(())
}

async fn insert_actions(
    mut conn: &Conn,
    tenant_id: Uuid,
    new: &[&NewAction],
) -> Result<(), DbError> {
    let rows = select((
        tenant_id.into_sql::<SqlUuid>(),
        unnest::<SqlUuid, _>(column(new, |it| it.action.id)),
        unnest::<SqlUuid, _>(column(new, |it| it.action.campaign_id)),
        unnest::<Nullable<SqlUuid>, _>(column(new, |it| Some(it.subject_id))),
        unnest::<Text, _>(column(new, |it| it.action.state)),
        unnest::<Nullable<Bytea>, _>(personal(new, |it| Some(&it.name))),
        unnest::<Nullable<Bytea>, _>(personal(new, |it| Some(&it.email))),
        unnest::<Nullable<Bytea>, _>(personal(new, |it| Some(&it.postcode))),
        unnest::<Nullable<Bytea>, _>(personal(new, |it| Some(&it.address))),
        unnest::<Nullable<Bytea>, _>(personal(new, |it| it.own_words.as_ref())),
        unnest::<Nullable<Bytea>, _>(personal(new, |it| it.subject_line.as_ref())),
        unnest::<Nullable<Text>, _>(constituency(new, |it| &it.gss_code)),
        unnest::<Nullable<Text>, _>(constituency(new, |it| &it.name)),
        unnest::<Bool, _>(column(new, |it| it.action.lookup == ConstituencyLookup::Pending)),
        unnest::<Nullable<Bytea>, _>(column(new, |it| it.link_hash.as_deref())),
        unnest::<Timestamptz, _>(column(new, |it| it.action.taken_at)),
        unnest::<Timestamptz, _>(column(new, |it| it.action.expires_at)),
        unnest::<Bool, _>(column(new, |it| it.action.test)),
    ));
    insert_into(actions::table)
        .values(rows)
        .into_columns((
            actions::tenant_id,
            actions::id,
            actions::campaign_id,
            actions::subject_id,
            actions::state,
            actions::name,
            actions::email,
            actions::postcode,
            actions::address,
            actions::own_words,
            actions::subject_line,
            actions::constituency,
            actions::constituency_name,
            actions::place_pending,
            actions::link_hash,
            actions::taken_at,
            actions::expires_at,
            actions::test,
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

async fn insert_answers(
    mut conn: &Conn,
    tenant_id: Uuid,
    new: &[&NewAction],
) -> Result<(), DbError> {
    let answers: Vec<(&NewAction, &ConsentAnswer)> =
        new.iter().flat_map(|it| it.answers.iter().map(move |answer| (*it, answer))).collect();
    if answers.is_empty() {
        return Ok(());
    }
    let rows = select((
        tenant_id.into_sql::<SqlUuid>(),
        unnest::<SqlUuid, _>(column(&answers, |(new, _)| new.action.id)),
        unnest::<SqlUuid, _>(column(&answers, |(new, _)| new.subject_id)),
        unnest::<Text, _>(column(&answers, |(_, answer)| answer.consent_id.as_str())),
        unnest::<Bool, _>(column(&answers, |(_, answer)| answer.given)),
        unnest::<Integer, _>(column(&answers, |(_, answer)| answer.wording_version)),
    ));
    insert_into(action_consents::table)
        .values(rows)
        .into_columns((
            action_consents::tenant_id,
            action_consents::action_id,
            action_consents::subject_id,
            action_consents::consent_id,
            action_consents::given,
            action_consents::wording_version,
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

fn column<T: Copy, V>(rows: &[T], value: impl Fn(T) -> V) -> Vec<V> {
    rows.iter().map(|&row| value(row)).collect()
}

fn personal<'a>(
    new: &[&'a NewAction],
    field: impl Fn(&'a SealedPersonal) -> Option<&'a SealedText>,
) -> Vec<Option<&'a [u8]>> {
    column(new, |it| {
        let supporter = it.action.supporter.as_ref()?;
        field(&supporter.personal).map(SealedText::as_bytes)
    })
}

fn constituency<'a>(
    new: &[&'a NewAction],
    part: impl Fn(&'a Constituency) -> &'a str,
) -> Vec<Option<&'a str>> {
    column(new, |it| it.action.lookup.constituency().map(&part))
}
