//! One attempt to sign in.

use chrono::{DateTime, Utc};
use contracts::Sealed;
use uuid::Uuid;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    SignedIn,
    WrongPassword,
    /// Not a member of the organisation that was named.
    NoMembership,
    /// The password was right in several organisations, and the user has to say for which organisation.
    TenantNeeded,
    /// A refresh token came back after it was used up: stolen, or its answer was lost.
    TokenReused,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::WrongPassword => "wrong_password",
            Self::NoMembership => "no_membership",
            Self::TenantNeeded => "tenant_needed",
            Self::TokenReused => "token_reused",
        }
    }
}

/// An attempt about to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) outcome: Outcome,
    pub(crate) ip: Option<Sealed<String>>,
    pub(crate) at: DateTime<Utc>,
}

impl Attempt {
    /// The sealed address, as its column takes it.
    pub(crate) fn ip_bytes(&self) -> Option<&[u8]> {
        self.ip.as_ref().map(Sealed::as_bytes)
    }
}

/// An attempt as it stands in the log.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) outcome: String,
    pub(crate) ip: Option<Sealed<String>>,
    pub(crate) at: DateTime<Utc>,
}

/// Columns of a row: id, user, outcome, sealed address, time.
pub(crate) type Columns = (Uuid, Uuid, String, Option<Vec<u8>>, DateTime<Utc>);

impl Recorded {
    /// From the columns of a row.
    pub(crate) fn from_columns((id, user_id, outcome, ip, at): Columns) -> Self {
        Self { id, user_id, outcome, ip: ip.map(Sealed::from_bytes), at }
    }
}
