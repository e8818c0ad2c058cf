//! When a key is published, when it signs, when it is dropped.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// A key signs for this long.
const SIGNS_FOR: Duration = Duration::days(7);
/// A key is published for at least this long before it signs: every verifier has fetched it by then.
const PUBLISHED_BEFORE: Duration = Duration::minutes(15);
/// A key stays published for this long after it last signed: longer than any token lives.
const PUBLISHED_AFTER: Duration = Duration::minutes(30);

/// Which key signs from when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) id: Uuid,
    pub(super) active_from: DateTime<Utc>,
}

/// The next step of the rotation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// When the key to make starts to sign.
    pub(super) make: Option<DateTime<Utc>>,
    /// Keys that are no longer needed.
    pub(super) drop: Vec<Uuid>,
}

/// The key that signs at `now`: the youngest that is active.
fn signing(keys: &[Life], now: DateTime<Utc>) -> Option<Life> {
    keys.iter().filter(|key| key.active_from <= now).max_by_key(|key| key.active_from).copied()
}

/// Decides the next step; most often there is nothing to do.
pub(super) fn plan(keys: &[Life], now: DateTime<Utc>) -> Plan {
    let has_next = keys.iter().any(|key| key.active_from > now);
    let Some(current) = signing(keys, now) else {
        // The very first key cannot be published before its use.
        return Plan { make: (!has_next).then_some(now), drop: Vec::new() };
    };
    let due = current.active_from + SIGNS_FOR - PUBLISHED_BEFORE;
    let make = (!has_next && now >= due).then_some(now + PUBLISHED_BEFORE);
    let is_retired = |key: &&Life| {
        key.active_from < current.active_from && current.active_from + PUBLISHED_AFTER <= now
    };
    let drop = keys.iter().filter(is_retired).map(|key| key.id).collect();
    Plan { make, drop }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minutes)
    }

    fn key(n: u128, minutes: i64) -> Life {
        Life { id: Uuid::from_u128(n), active_from: at(minutes) }
    }

    #[test]
    fn the_first_key_signs_at_once() {
        assert_eq!(plan(&[], at(0)), Plan { make: Some(at(0)), drop: vec![] });
    }

    #[test]
    fn the_next_key_is_published_before_it_signs_and_made_once() {
        let week = SIGNS_FOR.num_minutes();
        assert_eq!(plan(&[key(1, 0)], at(week - 16)).make, None);
        let made = plan(&[key(1, 0)], at(week - 15)).make.unwrap();
        assert_eq!(made, at(week));
        let both = [key(1, 0), key(2, week)];
        assert_eq!(plan(&both, at(week - 14)).make, None);
        assert_eq!(signing(&both, at(week - 1)).unwrap().id, Uuid::from_u128(1));
        assert_eq!(signing(&both, at(week)).unwrap().id, Uuid::from_u128(2));
    }

    #[test]
    fn an_old_key_stays_published_until_its_last_token_is_dead() {
        let both = [key(1, 0), key(2, 100)];
        assert!(plan(&both, at(129)).drop.is_empty());
        assert_eq!(plan(&both, at(130)).drop, [Uuid::from_u128(1)]);
    }
}
