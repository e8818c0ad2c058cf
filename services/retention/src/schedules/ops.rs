//! Starting and ending schedules.

use kit::{db::Conn, events::outbox};

use super::{domain::Schedule, events, store};
use crate::{app::App, erasures, error::Error};

/// Actions expired in one transaction.
const BATCH: i64 = 500;

/// Starts the clock of an action. A person who was erased meanwhile gets none.
pub async fn add(conn: &mut Conn, schedule: &Schedule) -> Result<(), Error> {
    if !erasures::store::is_erased(conn, schedule.subject_id).await? {
        store::insert(conn, schedule).await?;
    }
    Ok(())
}

/// Says which actions are due, and forgets their schedules in the same transaction. True when there may be more.
pub async fn expire(app: &App, conn: &mut Conn) -> Result<bool, Error> {
    let due = store::take_due(conn, app.clock.now(), BATCH).await?;
    for schedule in &due {
        let event = events::action_expired(schedule);
        outbox::push(conn, app.ids.next(), schedule.tenant_id, &event).await?;
    }
    Ok(i64::try_from(due.len()).is_ok_and(|count| count == BATCH))
}
