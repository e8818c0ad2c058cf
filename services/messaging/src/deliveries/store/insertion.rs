//! Records deliveries: one statement, however many there are.

use diesel::{
    insert_into, select,
    sql_types::{Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError, unnest::unnest};
use uuid::Uuid;

use crate::{
    deliveries::domain::{NewDelivery, SealedMessage},
    schema::deliveries,
};

/// Records deliveries, and returns the ids of those that were not recorded before.
pub(in crate::deliveries) async fn insert(
    mut conn: &Conn,
    new: &[NewDelivery],
) -> Result<Vec<Uuid>, DbError> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let identity = (
        unnest::<SqlUuid, _>(column(new, |it| it.identity.id)),
        unnest::<SqlUuid, _>(column(new, |it| it.identity.tenant_id)),
        unnest::<Text, _>(column(new, |it| it.identity.kind)),
        unnest::<SqlUuid, _>(column(new, |it| it.identity.action_id)),
        unnest::<SqlUuid, _>(column(new, |it| it.identity.campaign_id)),
        unnest::<Nullable<SqlUuid>, _>(column(new, |it| it.identity.target_id)),
        unnest::<SqlUuid, _>(column(new, |it| it.identity.subject_id)),
    );
    let state = (
        unnest::<Text, _>(column(new, |it| it.state)),
        unnest::<Nullable<Text>, _>(column(new, |it| it.code)),
        unnest::<Timestamptz, _>(column(new, |it| it.due_at)),
        unnest::<Text, _>(column(new, |it| it.token.as_str())),
        unnest::<Text, _>(column(new, |it| it.header_id.as_str())),
        unnest::<Timestamptz, _>(column(new, |it| it.created_at)),
        unnest::<Nullable<Timestamptz>, _>(column(new, NewDelivery::settled_at)),
        unnest::<Nullable<Text>, _>(column(new, |it| it.traceparent.as_deref())),
    );
    let message = (
        unnest::<Nullable<Bytea>, _>(part(new, |it| Some(&it.to_name))),
        unnest::<Nullable<Bytea>, _>(part(new, |it| Some(&it.to_address))),
        unnest::<Nullable<Bytea>, _>(part(new, |it| Some(&it.from_name))),
        unnest::<Nullable<Bytea>, _>(part(new, |it| it.reply_to.as_deref())),
        unnest::<Nullable<Bytea>, _>(part(new, |it| Some(&it.subject_line))),
        unnest::<Nullable<Bytea>, _>(part(new, |it| Some(&it.body))),
        unnest::<Nullable<Text>, _>(column(new, |it| it.message.as_ref()?.language.as_deref())),
    );
    Ok(insert_into(deliveries::table)
        .values(select((identity, state, message)))
        .into_columns((
            (
                deliveries::id,
                deliveries::tenant_id,
                deliveries::kind,
                deliveries::action_id,
                deliveries::campaign_id,
                deliveries::target_id,
                deliveries::subject_id,
            ),
            (
                deliveries::state,
                deliveries::code,
                deliveries::next_attempt_at,
                deliveries::token,
                deliveries::header_id,
                deliveries::created_at,
                deliveries::settled_at,
                deliveries::traceparent,
            ),
            (
                deliveries::to_name,
                deliveries::to_address,
                deliveries::from_name,
                deliveries::reply_to,
                deliveries::subject_line,
                deliveries::body,
                deliveries::language,
            ),
        ))
        .on_conflict(deliveries::id)
        .do_nothing()
        .returning(deliveries::id)
        .get_results(&mut conn)
        .await?)
}

fn column<'a, T>(new: &'a [NewDelivery], value: impl Fn(&'a NewDelivery) -> T) -> Vec<T> {
    new.iter().map(value).collect()
}

fn part<'a>(
    new: &'a [NewDelivery],
    value: impl Fn(&'a SealedMessage) -> Option<&'a [u8]>,
) -> Vec<Option<&'a [u8]>> {
    column(new, |it| it.message.as_ref().and_then(&value))
}
