//! Queries on `action_consents`.

use std::collections::HashMap;

use diesel::{insert_into, pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{actions::domain::ConsentAnswer, schema::action_consents};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = action_consents, check_for_backend(Pg), treat_none_as_default_value = false)]
pub(super) struct Row {
    action_id: Uuid,
    consent_id: String,
    tenant_id: Uuid,
    subject_id: Uuid,
    given: bool,
    wording_version: i32,
}

impl Row {
    pub(super) fn new(
        action_id: Uuid,
        tenant_id: Uuid,
        subject_id: Uuid,
        answer: ConsentAnswer,
    ) -> Self {
        let ConsentAnswer { consent_id, given, wording_version } = answer;
        Self { action_id, consent_id, tenant_id, subject_id, given, wording_version }
    }
}

pub(super) async fn insert(mut conn: &Conn, row: Row) -> Result<usize, DbError> {
    Ok(insert_into(action_consents::table).values(row).execute(&mut conn).await?)
}

/// The answers of some actions by the action's id, in the order of the questions' ids.
pub(crate) async fn by_actions(
    conn: &mut Conn,
    action_ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<ConsentAnswer>>, DbError> {
    let rows: Vec<Row> = action_consents::table
        .filter(action_consents::action_id.eq_any(action_ids))
        .order((action_consents::action_id, action_consents::consent_id))
        .select(Row::as_select())
        .load(conn)
        .await?;
    let mut answers: HashMap<Uuid, Vec<ConsentAnswer>> = HashMap::new();
    for Row { action_id, consent_id, given, wording_version, .. } in rows {
        let answer = ConsentAnswer { consent_id, given, wording_version };
        answers.entry(action_id).or_default().push(answer);
    }
    Ok(answers)
}
