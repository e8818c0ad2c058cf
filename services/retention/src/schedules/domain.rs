//! How long an action may keep its person.

use chrono::{DateTime, Months, Utc};
use uuid::Uuid;

/// Promise 000-28: live data up to twelve months, after which it is anonymised.
const LIVE: Months = Months::new(12);

/// When one action expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The action.
    pub action_id: Uuid,
    /// Its tenant.
    pub tenant_id: Uuid,
    /// Its campaign.
    pub campaign_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
    /// From then on it must be anonymous.
    pub expires_at: DateTime<Utc>,
}

/// Twelve calendar months after the action was taken; 29 February ends on the 28th. A time beyond the calendar expires at once.
pub fn expiry(taken_at: DateTime<Utc>) -> DateTime<Utc> {
    taken_at.checked_add_months(LIVE).unwrap_or(taken_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Promise 000-28
    #[test]
    fn an_action_expires_twelve_calendar_months_after_it_was_taken() {
        assert_eq!(expiry(at("2026-03-01T09:30:00Z")), at("2027-03-01T09:30:00Z"));
        assert_eq!(expiry(at("2027-12-31T23:59:59Z")), at("2028-12-31T23:59:59Z"));
        assert_eq!(expiry(at("2028-02-29T12:00:00Z")), at("2029-02-28T12:00:00Z"), "clamped");
    }
}
