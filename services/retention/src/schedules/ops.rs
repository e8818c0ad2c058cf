//! Starting and ending schedules.

use chrono::{DateTime, Utc};
use contracts::retention::ActionExpired;
use kit::{db::Conn, events::outbox, id::Ids};

use super::{domain::Schedule, store};
use crate::{erasures, error::Error};

/// Actions expired in one transaction.
const BATCH: i64 = 500;

/// Starts the schedule of an action, unless its person was erased meanwhile.
pub(crate) async fn add(conn: &mut Conn, schedule: &Schedule) -> Result<(), Error> {
    if !erasures::store::is_erased(conn, schedule.subject_id).await? {
        store::insert(conn, schedule).await?;
    }
    Ok(())
}

/// Announces which actions are due, and deletes their schedules. True when there may be more.
pub(crate) async fn expire(conn: &mut Conn, ids: Ids, now: DateTime<Utc>) -> Result<bool, Error> {
    let due = store::take_due(conn, now, BATCH).await?;
    for schedule in &due {
        let Schedule { action_id, campaign_id, subject_id, .. } = *schedule;
        let event = ActionExpired { action_id, campaign_id, subject_id };
        outbox::push(conn, ids.next(), schedule.tenant_id, &event).await?;
    }
    Ok(i64::try_from(due.len()).is_ok_and(|count| count == BATCH))
}
