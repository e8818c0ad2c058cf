//! An action and its states.

use chrono::{DateTime, Duration, Utc};
use contracts::Sealed;
use kit::keyring::Keys;
use uuid::Uuid;

use crate::{campaigns::domain::Campaign, constituencies::domain::ConstituencyLookup};

/// How long a supporter has to confirm.
const CONFIRM_WITHIN: Duration = Duration::days(7);

/// A text that only a key opens; in rows and events alike.
pub(crate) type SealedText = Sealed<String>;

kit::text_enum! {
    /// The state of an action.
    pub(crate) enum State {
        Submitted = "submitted",
        Confirmed = "confirmed",
        /// Confirmed by a person whose other action counts already, or by a test: neither counted nor sent.
        Repeated = "repeated",
        Anonymised = "anonymised",
    }
}

kit::text_enum! {
    /// The state of the message to the representative.
    pub(crate) enum MessageState {
        /// The constituency is not known yet.
        Waiting = "waiting",
        /// The constituency has no representative.
        NoTarget = "no_target",
        Composed = "composed",
        Sent = "sent",
        Failed = "failed",
        Unknown = "unknown",
    }
}

/// What a supporter typed, in plain text. Lives in memory only and has no `Debug`.
#[derive(Clone)]
pub(crate) struct Personal {
    pub(crate) name: String,
    pub(crate) email: String,
    /// As it is written: `OX1 1AA`.
    pub(crate) postcode: String,
    /// Empty if a campaign that writes to nobody was joined without one.
    pub(crate) address: String,
    pub(crate) own_words: Option<String>,
    pub(crate) subject_line: Option<String>,
}

/// The same, sealed for its row.
#[derive(Debug, Clone)]
pub(crate) struct SealedPersonal {
    pub(crate) name: SealedText,
    pub(crate) email: SealedText,
    pub(crate) postcode: SealedText,
    pub(crate) address: SealedText,
    pub(crate) own_words: Option<SealedText>,
    pub(crate) subject_line: Option<SealedText>,
}

/// The answer to one of the campaign's consent questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsentAnswer {
    pub(crate) consent_id: String,
    pub(crate) given: bool,
    /// The version of the campaign whose wording the supporter read.
    pub(crate) wording_version: i32,
}

#[derive(Debug, Clone)]
pub(crate) struct Supporter {
    pub(crate) subject_id: Uuid,
    pub(crate) personal: SealedPersonal,
}

/// A supporter whose data was opened, and the keys that opened it.
pub(crate) struct UnsealedSupporter {
    pub(crate) subject_id: Uuid,
    pub(crate) personal: Personal,
    pub(crate) keys: Keys,
}

#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) campaign_id: Uuid,
    pub(crate) state: State,
    /// None once anonymised.
    pub(crate) supporter: Option<Supporter>,
    pub(crate) lookup: ConstituencyLookup,
    pub(crate) taken_at: DateTime<Utc>,
    /// The link expires; a confirmed action stays.
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    pub(crate) message_state: Option<MessageState>,
    /// Made by a test key: no other service hears of it, confirming makes it [`State::Repeated`], and it ends with its link.
    pub(crate) test: bool,
}

/// An action to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewAction {
    pub(crate) action: Action,
    pub(crate) subject_id: Uuid,
    pub(crate) link_hash: Option<Vec<u8>>,
    pub(crate) answers: Vec<ConsentAnswer>,
}

/// The one action of a person that a campaign counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CountedAction {
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    pub(crate) message_state: Option<MessageState>,
}

/// What confirming changes.
pub(crate) struct Confirmation {
    pub(crate) action_id: Uuid,
    /// Whether the lookup was pending when the action was read.
    pub(crate) read_pending: bool,
    pub(crate) confirmed_at: DateTime<Utc>,
    pub(crate) message_id: Option<Uuid>,
    pub(crate) message_state: Option<MessageState>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ConfirmationOutcome {
    Confirmed,
    /// The row changed since it was read.
    Changed,
    /// The person's other action counts already; the transaction has failed.
    Repeated,
}

/// The result of a lookup that was pending when the action was submitted.
#[derive(Debug, Clone)]
pub(crate) struct Settlement {
    pub(crate) action_id: Uuid,
    pub(crate) campaign_id: Uuid,
    /// The state in which the action was read; if it has changed since, the job tries again.
    pub(crate) read_state: State,
    pub(crate) lookup: ConstituencyLookup,
    pub(crate) message_id: Option<Uuid>,
    pub(crate) message_state: Option<MessageState>,
}

impl Action {
    /// As the API shows it: a test reads like what it tests.
    pub(crate) fn shown_state(&self) -> State {
        match self.state {
            State::Repeated if self.test => State::Confirmed,
            state => state,
        }
    }

    pub(crate) fn new(
        id: Uuid,
        campaign: &Campaign,
        supporter: Supporter,
        lookup: ConstituencyLookup,
        now: DateTime<Utc>,
        test: bool,
    ) -> Self {
        Self {
            id,
            tenant_id: campaign.tenant_id,
            campaign_id: campaign.id,
            state: State::Submitted,
            supporter: Some(supporter),
            lookup,
            taken_at: now,
            expires_at: now + CONFIRM_WITHIN,
            confirmed_at: None,
            message_state: None,
            test,
        }
    }

    pub(crate) fn is_link_expired(&self, now: DateTime<Utc>) -> bool {
        self.state == State::Anonymised || self.expires_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(state: State) -> Action {
        Action {
            id: Uuid::nil(),
            tenant_id: Uuid::nil(),
            campaign_id: Uuid::nil(),
            state,
            supporter: None,
            lookup: ConstituencyLookup::NotFound,
            taken_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH + CONFIRM_WITHIN,
            confirmed_at: None,
            message_state: None,
            test: false,
        }
    }

    #[test]
    fn a_link_expires_with_its_time_and_with_its_person() {
        let last = DateTime::UNIX_EPOCH + CONFIRM_WITHIN - Duration::microseconds(1);
        assert!(!action(State::Submitted).is_link_expired(last));
        assert!(!action(State::Confirmed).is_link_expired(last));
        assert!(action(State::Submitted).is_link_expired(last + Duration::microseconds(1)));
        assert!(action(State::Anonymised).is_link_expired(last));
    }
}
