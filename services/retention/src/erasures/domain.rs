//! The life of an erasure: recorded, keys destroyed, and complete when every service has acknowledged it and nothing is left.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::values::email::EmailAddress;
use serde::Serialize;
use uuid::Uuid;

/// An erasure that is open for longer is late (docs/privacy.md: unreadable within 60 s, all done within five minutes).
pub(super) const LATE: TimeDelta = TimeDelta::minutes(5);
/// The request that recorded an erasure has this long before the job resumes it.
pub(super) const GRACE: TimeDelta = TimeDelta::seconds(30);
/// An erasure that is not acknowledged in full is announced again after this.
pub(super) const ANNOUNCE_AGAIN: TimeDelta = TimeDelta::minutes(5);
/// It is not announced again after this; by then operators know.
pub(super) const ANNOUNCE_UNTIL: TimeDelta = TimeDelta::days(2);
/// The clocks of two hosts may differ by this: the acknowledgements that count are requested so much later.
pub(super) const SKEW: TimeDelta = TimeDelta::seconds(2);

/// The services that must acknowledge an erasure, retention itself included.
pub(super) const SERVICES: &[&str] =
    &["campaigns", "identity", "messaging", "retention", "webhooks"];

kit::text_enum! {
    pub(crate) enum State {
        /// In the ledger; nothing is destroyed yet.
        Recorded = "recorded",
        /// The keys are destroyed; services are deleting.
        KeysDestroyed = "keys_destroyed",
        /// Every service has acknowledged it, and some still hold rows.
        Partial = "partial",
        /// Nothing is left.
        Complete = "complete",
    }
}

kit::text_enum! {
    /// How the requester says we came to hold their data (promise 000-34). A closed list: free text could name somebody.
    pub(crate) enum SourceHint {
        MessageToRepresentative = "message_to_representative",
        Petition = "petition",
        Correspondence = "correspondence",
        Account = "account",
        Other = "other",
    }
}

/// A valid request to erase a person.
#[derive(Debug)]
pub(super) struct Erase {
    /// Never stored.
    pub(super) email: EmailAddress,
    pub(super) source_hint: Option<SourceHint>,
}

/// One line of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Erasure {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    /// None when the tenant did not know the address.
    pub(crate) subject_id: Option<Uuid>,
    /// Who requested it.
    pub(super) actor_id: String,
    /// A newer version may know others than [`SourceHint`].
    pub(super) source_hint: Option<String>,
    pub(super) state: State,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) keys_destroyed_at: Option<DateTime<Utc>>,
    /// Keys that were active until then.
    pub(crate) keys: i64,
    /// When the services were last asked to delete.
    pub(crate) announced_at: Option<DateTime<Utc>>,
    /// When the keyring and our own tables were last checked.
    pub(crate) probed_at: Option<DateTime<Utc>>,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(crate) receipt: Option<String>,
}

impl Erasure {
    /// A new line. Without a person there is nothing to destroy, so that it is complete at once.
    pub(super) fn new(
        id: Uuid,
        tenant_id: Uuid,
        subject_id: Option<Uuid>,
        actor_id: String,
        source_hint: Option<SourceHint>,
        now: DateTime<Utc>,
    ) -> Self {
        let is_complete = subject_id.is_none();
        let at = is_complete.then_some(now);
        Self {
            id,
            tenant_id,
            subject_id,
            actor_id,
            source_hint: source_hint.map(|hint| hint.as_str().to_owned()),
            state: if is_complete { State::Complete } else { State::Recorded },
            recorded_at: now,
            keys_destroyed_at: None,
            keys: 0,
            announced_at: None,
            probed_at: at,
            completed_at: at,
            receipt: None,
        }
    }

    /// From then on no process has a key of the person, nor a request under way that had one.
    pub(super) fn settled_from(&self, settle: TimeDelta) -> Option<DateTime<Utc>> {
        self.keys_destroyed_at.map(|at| at + settle)
    }

    pub(super) fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.state != State::Complete && self.recorded_at + LATE < now
    }
}

/// What a service acknowledged of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Acknowledgement {
    pub(crate) service: String,
    /// Deleted or cleared.
    pub(crate) rows: i64,
    /// Still there, by the service's probe.
    pub(crate) remaining: i64,
    /// When it began to delete and count.
    pub(crate) answered_at: DateTime<Utc>,
}

/// Decides the state from the acknowledgements and the keyring. After an acknowledgement from before `settled_from`, somebody
/// may write a row with a key from a cache, so it proves nothing yet.
pub(super) fn verdict(
    acknowledgements: &[Acknowledgement],
    settled_from: Option<DateTime<Utc>>,
    keys_are_destroyed: bool,
) -> State {
    let is_settled = |from| acknowledgements.iter().all(|it| it.answered_at >= from);
    let is_acknowledged = |name: &&str| acknowledgements.iter().any(|it| it.service == *name);
    match SERVICES.iter().all(is_acknowledged) {
        true if acknowledgements.iter().any(|it| it.remaining > 0) => State::Partial,
        true if keys_are_destroyed && settled_from.is_some_and(is_settled) => State::Complete,
        _ => State::KeysDestroyed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acknowledgements(remaining: i64) -> Vec<Acknowledgement> {
        let acknowledgement = |name: &&str| Acknowledgement {
            service: (*name).to_owned(),
            rows: 3,
            remaining: if *name == "messaging" { remaining } else { 0 },
            answered_at: DateTime::UNIX_EPOCH,
        };
        SERVICES.iter().map(acknowledgement).collect()
    }

    #[test]
    fn nothing_is_complete_before_every_service_and_the_keyring_agree() {
        let from = Some(DateTime::UNIX_EPOCH);
        assert_eq!(verdict(&acknowledgements(0), from, true), State::Complete);
        assert_eq!(verdict(&acknowledgements(0), from, false), State::KeysDestroyed);
        assert_eq!(verdict(&acknowledgements(1), from, true), State::Partial);
        let later = Some(DateTime::UNIX_EPOCH + TimeDelta::microseconds(1));
        assert_eq!(verdict(&acknowledgements(0), later, true), State::KeysDestroyed, "too early");
        assert_eq!(verdict(&acknowledgements(0), None, true), State::KeysDestroyed);
        for missing in 0..SERVICES.len() {
            let mut some = acknowledgements(0);
            some.remove(missing);
            assert_eq!(verdict(&some, from, true), State::KeysDestroyed);
        }
    }
}
