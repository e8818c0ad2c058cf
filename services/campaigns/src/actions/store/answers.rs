//! Queries on `action_consents`.

use std::collections::HashMap;

use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{actions::domain::ConsentAnswer, schema::action_consents};

#[derive(Queryable, Selectable)]
#[diesel(table_name = action_consents, check_for_backend(Pg))]
struct Row {
    action_id: Uuid,
    consent_id: String,
    given: bool,
    wording_version: i32,
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
