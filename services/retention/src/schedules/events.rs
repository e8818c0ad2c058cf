//! What schedules say.

use contracts::retention::ActionExpired;

use super::domain::Schedule;

/// The action reached the end of its schedule.
pub fn action_expired(schedule: &Schedule) -> ActionExpired {
    ActionExpired {
        action_id: schedule.action_id,
        campaign_id: schedule.campaign_id,
        subject_id: schedule.subject_id,
    }
}
