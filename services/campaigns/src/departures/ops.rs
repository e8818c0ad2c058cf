//! Choosing who may leave.

use chrono::{DateTime, TimeDelta, Utc};
use kit::db::{Conn, DbError};

use super::{domain::Departure, store};

/// The keyring waits two minutes before it ends a person: for requests that found the person before.
const AGAIN: TimeDelta = TimeDelta::minutes(3);

/// The people to be reported to the keyring: those without an action, some at once. Who acted again does not leave.
pub(super) async fn take(
    conn: &mut Conn,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Departure>, DbError> {
    let due = store::take_due(conn, limit, now, now + AGAIN).await?;
    let returned = store::returned(conn, &due).await?;
    store::delete(conn, &returned).await?;
    Ok(due.into_iter().filter(|person| !returned.contains(&person.subject_id)).collect())
}
