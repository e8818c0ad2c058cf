//! How long an action may point to its person.

use chrono::{DateTime, Months, Utc};
use uuid::Uuid;

/// Promise 000-28: live data up to twelve months, after which it is anonymised.
const LIVE: Months = Months::new(12);

/// When an action expires.
pub(crate) struct Schedule {
    pub(crate) action_id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) campaign_id: Uuid,
    pub(crate) subject_id: Uuid,
    /// From then on it must be anonymous.
    pub(crate) expires_at: DateTime<Utc>,
}

/// The time is beyond the calendar. Nothing may be deleted or anonymised by it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no date so many months later exists")]
pub(crate) struct BeyondCalendar;

/// Twelve calendar months after the action was taken; 29 February ends on the 28th.
pub(crate) fn expiry(taken_at: DateTime<Utc>) -> Result<DateTime<Utc>, BeyondCalendar> {
    months_after(taken_at, LIVE)
}

/// The same day of a later month, or that month's last day. Counted in UTC, where every hour exists: in a local time zone
/// the result can fall into the hour that summer time skips, and chrono gives no date for it. There is no fallback, since an
/// early one would delete a person's data before its time.
fn months_after(at: DateTime<Utc>, months: Months) -> Result<DateTime<Utc>, BeyondCalendar> {
    at.checked_add_months(months).ok_or(BeyondCalendar)
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
        for (taken_at, expected) in [
            ("2026-03-01T09:30:00Z", "2027-03-01T09:30:00Z"),
            ("2027-12-31T23:59:59Z", "2028-12-31T23:59:59Z"),
            // Clamped to the last day of February.
            ("2028-02-29T12:00:00Z", "2029-02-28T12:00:00Z"),
            // A year later this hour is skipped in London.
            ("2026-03-28T01:30:00Z", "2027-03-28T01:30:00Z"),
        ] {
            assert_eq!(expiry(at(taken_at)), Ok(at(expected)), "{taken_at}");
        }
    }

    /// The calendar part of the deadline for requests of data subjects, before weekends and holidays move it.
    #[test]
    fn months_end_on_the_same_day_or_on_the_last_of_a_shorter_month() {
        for (from, months, expected) in [
            ("2026-09-03", 1, "2026-10-03"),
            ("2026-01-31", 1, "2026-02-28"),
            ("2028-01-31", 1, "2028-02-29"),
            ("2026-03-31", 1, "2026-04-30"),
            ("2026-11-25", 1, "2026-12-25"),
            ("2026-03-10", 1, "2026-04-10"),
            ("2026-11-30", 3, "2027-02-28"),
        ] {
            let day = |text| at(&format!("{text}T00:00:00Z"));
            assert_eq!(months_after(day(from), Months::new(months)), Ok(day(expected)), "{from}");
        }
    }

    #[test]
    fn a_time_beyond_the_calendar_is_an_error_and_not_an_early_end() {
        assert_eq!(expiry(DateTime::<Utc>::MAX_UTC), Err(BeyondCalendar));
    }
}
