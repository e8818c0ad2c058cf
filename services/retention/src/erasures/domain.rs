//! How an erasure goes: recorded, keys destroyed, and complete when everybody has answered and nothing is left.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// An erasure that is open for longer is late (docs/privacy.md: unreadable within 60 s, all done within five minutes).
pub const LATE: TimeDelta = TimeDelta::minutes(5);
/// The request that recorded an erasure gets this long before the job takes it up.
pub const GRACE: TimeDelta = TimeDelta::seconds(30);
/// An erasure that is not answered in full is announced again after this.
pub const ANNOUNCE_AGAIN: TimeDelta = TimeDelta::minutes(5);
/// Announcing again ends after this; by then somebody has been called.
pub const ANNOUNCE_UNTIL: TimeDelta = TimeDelta::days(2);
/// Clocks of two hosts may differ by this: answers that count are asked for so much later.
pub const SKEW: TimeDelta = TimeDelta::seconds(2);
/// Longest e-mail address.
pub const MAX_EMAIL: usize = 254;

/// Who must answer, retention itself included.
pub const SERVICES: &[&str] = &["campaigns", "identity", "messaging", "retention", "webhooks"];

/// How far an erasure has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In the ledger; nothing is destroyed yet.
    Recorded,
    /// The keys are destroyed; services are deleting.
    KeysDestroyed,
    /// Every service has answered, and some still hold rows.
    Partial,
    /// Nothing is left.
    Complete,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Recorded, Self::KeysDestroyed, Self::Partial, Self::Complete];

    /// Its name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::KeysDestroyed => "keys_destroyed",
            Self::Partial => "partial",
            Self::Complete => "complete",
        }
    }

    /// The state of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How the requester says we came to hold their data (promise 000-34). A closed list: free words could name somebody.
pub const SOURCE_HINTS: &[&str] =
    &["message_to_representative", "petition", "correspondence", "account", "other"];

/// A valid request to erase a person.
pub struct Erase {
    /// The person's address; never stored.
    pub email: String,
    /// One of [`SOURCE_HINTS`].
    pub source_hint: Option<&'static str>,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not an address.
    Email,
    /// Not on the list.
    SourceHint,
}

impl Erase {
    /// Parses a request; all faults at once.
    pub fn parse(email: &str, source_hint: Option<&str>) -> Result<Self, Vec<Fault>> {
        let email = email.trim();
        let whole = email.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        let known = source_hint.map(|hint| SOURCE_HINTS.iter().find(|known| **known == hint));
        let mut faults = Vec::new();
        if !whole || email.len() > MAX_EMAIL || email.contains(char::is_whitespace) {
            faults.push(Fault::Email);
        }
        if known == Some(None) {
            faults.push(Fault::SourceHint);
        }
        let source_hint = known.flatten().copied();
        if faults.is_empty() {
            Ok(Self { email: email.to_owned(), source_hint })
        } else {
            Err(faults)
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// Its id.
    pub id: Uuid,
    /// The controller.
    pub tenant_id: Uuid,
    /// The person; none when the tenant knew nobody of that address.
    pub subject_id: Option<Uuid>,
    /// Who asked us to.
    pub actor_id: String,
    /// How the requester says we came to hold the data.
    pub source_hint: Option<String>,
    /// How far it has come.
    pub state: State,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When the keys were destroyed.
    pub keys_destroyed_at: Option<DateTime<Utc>>,
    /// Keys that were alive until then.
    pub keys: i64,
    /// When the services were told last.
    pub announced_at: Option<DateTime<Utc>>,
    /// When nothing was found left.
    pub probed_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub completed_at: Option<DateTime<Utc>>,
    /// The signed receipt.
    pub receipt: Option<String>,
}

impl Erasure {
    /// A new line. Of nobody there is nothing to destroy, so that it is complete at once.
    pub fn record(
        id: Uuid,
        tenant_id: Uuid,
        subject_id: Option<Uuid>,
        actor_id: String,
        source_hint: Option<&str>,
        now: DateTime<Utc>,
    ) -> Self {
        let nobody = subject_id.is_none();
        let at = nobody.then_some(now);
        Self {
            id,
            tenant_id,
            subject_id,
            actor_id,
            source_hint: source_hint.map(ToOwned::to_owned),
            state: if nobody { State::Complete } else { State::Recorded },
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
    pub fn settled_from(&self, settle: TimeDelta) -> Option<DateTime<Utc>> {
        self.keys_destroyed_at.map(|at| at + settle)
    }

    /// Whether it is open for longer than it may be.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.state != State::Complete && self.recorded_at + LATE < now
    }
}

/// What a service says of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which service.
    pub service: String,
    /// Rows deleted or cleared.
    pub rows: i64,
    /// Rows still there, by its probe.
    pub remaining: i64,
    /// When it began to delete and count.
    pub answered_at: DateTime<Utc>,
}

/// What the answers and the keyring's word come to. An answer from before `settled_from` may be followed by a row that
/// somebody wrote with a key from a cache, so it proves nothing yet.
pub fn verdict(
    answers: &[Answer],
    settled_from: Option<DateTime<Utc>>,
    keys_are_dead: bool,
) -> State {
    let settled = |from| answers.iter().all(|answer| answer.answered_at >= from);
    let answered = SERVICES.iter().all(|name| answers.iter().any(|a| a.service == **name));
    match answered {
        true if answers.iter().any(|a| a.remaining > 0) => State::Partial,
        true if keys_are_dead && settled_from.is_some_and(settled) => State::Complete,
        _ => State::KeysDestroyed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(remaining: i64) -> Vec<Answer> {
        let answer = |name: &&str| Answer {
            service: (*name).to_owned(),
            rows: 3,
            remaining: if *name == "messaging" { remaining } else { 0 },
            answered_at: DateTime::UNIX_EPOCH,
        };
        SERVICES.iter().map(answer).collect()
    }

    #[test]
    fn nothing_is_complete_before_everybody_and_the_keyring_agree() {
        let from = Some(DateTime::UNIX_EPOCH);
        assert_eq!(verdict(&answers(0), from, true), State::Complete);
        assert_eq!(verdict(&answers(0), from, false), State::KeysDestroyed);
        assert_eq!(verdict(&answers(1), from, true), State::Partial);
        let later = Some(DateTime::UNIX_EPOCH + TimeDelta::microseconds(1));
        assert_eq!(verdict(&answers(0), later, true), State::KeysDestroyed, "given too early");
        assert_eq!(verdict(&answers(0), None, true), State::KeysDestroyed);
        for missing in 0..SERVICES.len() {
            let mut some = answers(0);
            some.remove(missing);
            assert_eq!(verdict(&some, from, true), State::KeysDestroyed);
        }
    }

    #[test]
    fn a_request_tells_all_its_faults() {
        let faults = Erase::parse("nobody", Some("saw it in a film")).err();
        assert_eq!(faults, Some(vec![Fault::Email, Fault::SourceHint]));
        assert!(Erase::parse(" a@b.example ", Some("petition")).is_ok());
        assert!(Erase::parse("a @b.example", None).is_err());
    }
}
