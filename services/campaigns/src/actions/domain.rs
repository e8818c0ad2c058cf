//! An action and its states.

use chrono::{DateTime, Duration, Utc};
use contracts::Sealed;
use uuid::Uuid;

/// How long a supporter has to confirm.
pub(crate) const CONFIRM_WITHIN: Duration = Duration::days(7);

/// A text that only a key opens; in rows and events alike.
pub(crate) type SealedText = Sealed<String>;

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Submitted,
    Confirmed,
    /// Confirmed by somebody whose action counts already: shown to them as confirmed, counted and sent nowhere.
    Repeated,
    Anonymised,
}

/// What became of the message to the representative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageState {
    /// The constituency is not known yet.
    Waiting,
    /// Nobody to write to in the constituency.
    NoTarget,
    Composed,
    Sent,
    Failed,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constituency {
    pub(crate) gss_code: String,
    pub(crate) name: String,
}

/// Where a supporter lives; `pending` when nobody could be asked yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) constituency: Option<Constituency>,
    pub(crate) pending: bool,
}

/// What a supporter typed, opened. Lives in memory only and has no `Debug`.
#[derive(Clone)]
pub(crate) struct Personal {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) postcode: String,
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

/// An answer to one of the campaign's questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) consent_id: String,
    pub(crate) given: bool,
}

/// Who acted, and what they left here; gone once anonymised.
#[derive(Debug, Clone)]
pub(crate) struct Supporter {
    pub(crate) subject_id: Uuid,
    pub(crate) personal: SealedPersonal,
}

#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) campaign_id: Uuid,
    pub(crate) state: State,
    pub(crate) supporter: Option<Supporter>,
    pub(crate) place: Place,
    pub(crate) taken_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    pub(crate) message_state: Option<MessageState>,
}

/// An action on its way into the table.
#[derive(Debug, Clone)]
pub(crate) struct NewAction {
    pub(crate) action: Action,
    pub(crate) subject_id: Uuid,
    pub(crate) link_hash: Option<Vec<u8>>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) wording_version: i32,
}

/// A place found out after the action was taken.
#[derive(Debug, Clone)]
pub(crate) struct Settlement {
    pub(crate) action_id: Uuid,
    /// The state in which the action was read; if it has another by now, the job comes again.
    pub(crate) read_state: State,
    pub(crate) place: Place,
    pub(crate) message_id: Option<Uuid>,
    pub(crate) message_state: Option<MessageState>,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Confirmed => "confirmed",
            Self::Repeated => "repeated",
            Self::Anonymised => "anonymised",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Submitted, Self::Confirmed, Self::Repeated, Self::Anonymised]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

impl MessageState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::NoTarget => "no_target",
            Self::Composed => "composed",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::NoTarget, Self::Composed, Self::Sent, Self::Failed, Self::Unknown]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}
