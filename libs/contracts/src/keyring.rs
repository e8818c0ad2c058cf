//! The internal API of `keyring`: subjects by email address, and data keys by purpose. Requests are batches.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most items in one request.
pub const MAX_BATCH: usize = 256;

/// A part of a person's data, which has a key of its own and can be destroyed separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compartment {
    /// Supporters' actions, as `campaigns` stores them: names, addresses, messages.
    Action,
    /// Emails to or from a person, as `messaging` stores them.
    Message,
    /// Users who sign in, and the audit entries that name them.
    Staff,
    /// IP addresses in the sign-in log.
    Network,
    /// Data in the logs of webhook deliveries.
    Webhook,
}

/// Why a value is sealed or opened. A restriction or an objection is enforced by refusing keys for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Store the person's data: seal it, but do not open it for use.
    Record,
    /// Ask the person to confirm what they requested.
    Confirm,
    /// Deliver what the person asked to deliver.
    Deliver,
    /// Let the campaign owner download the data.
    Export,
    /// Let the person see, take or correct their own data.
    SubjectAccess,
    /// Let users sign in and act.
    SignIn,
    /// Check that no data is left after an erasure.
    Probe,
}

/// The name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyRef {
    /// The data controller.
    pub tenant_id: Uuid,
    /// The person's id, which is different for each tenant.
    pub subject_id: Uuid,
    pub compartment: Compartment,
}

/// A person by email address.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResolveItem {
    /// The data controller.
    pub tenant_id: Uuid,
    /// The address as the person typed it; the keyring normalises it.
    pub email: String,
    /// The keys to return with the subject.
    pub compartments: Vec<Compartment>,
    /// Whether to create the subject and the keys if they are missing.
    pub mint: bool,
}

impl fmt::Debug for ResolveItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolveItem").field("tenant_id", &self.tenant_id).finish_non_exhaustive()
    }
}

/// `POST /internal/v1/subjects/resolve`
#[derive(Debug, Serialize, Deserialize)]
pub struct ResolveRequest {
    /// What the keys will be used for.
    pub purpose: Purpose,
    /// At most [`MAX_BATCH`] items.
    pub items: Vec<ResolveItem>,
}

/// The result for one [`ResolveItem`]. Results are in the order of the items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resolved {
    /// Absent if the text is not an address, or if the person is unknown and `mint` was false.
    pub subject_id: Option<Uuid>,
    /// One for each requested compartment, in that order.
    pub keys: Vec<KeyAnswer>,
    /// The subject's id. The release before limits emails by it; it goes in a later release.
    #[serde(default)]
    pub address_tag: String,
}

/// `POST /internal/v1/keys/open`
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenRequest {
    /// What the keys will be used for.
    pub purpose: Purpose,
    /// At most [`MAX_BATCH`] keys. For the purpose `record`, missing keys of subjects that exist are created; subjects
    /// never are.
    pub keys: Vec<KeyRef>,
}

/// The state of one key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum KeyAnswer {
    /// It can be used.
    Active {
        /// The 32 bytes of the key, in base64.
        key: String,
    },
    /// It was destroyed, so what it sealed is erased. This is a normal result.
    Destroyed,
    /// It is active, but not available for this purpose, because of a restriction or an objection.
    Refused,
    /// It never existed.
    Missing,
}

impl fmt::Debug for KeyAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active { .. } => "Active(***)",
            Self::Destroyed => "Destroyed",
            Self::Refused => "Refused",
            Self::Missing => "Missing",
        })
    }
}

/// `POST /internal/v1/subjects/destroy`: destroys all keys of a person; idempotent. The response is a [`Destroyed`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DestroyRequest {
    /// The data controller.
    pub tenant_id: Uuid,
    pub subject_id: Uuid,
}

/// A person as one tenant knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRef {
    /// The data controller.
    pub tenant_id: Uuid,
    pub subject_id: Uuid,
}

/// `POST /internal/v1/subjects/leave`: the caller holds nothing about these people, and looked again just now. Whoever was
/// reported two minutes ago or earlier, and was not resolved since, ends: index and keys are destroyed. The response is
/// [`Left`].
#[derive(Debug, Serialize, Deserialize)]
pub struct LeaveRequest {
    /// At most [`MAX_BATCH`].
    pub people: Vec<SubjectRef>,
}

/// The result of a [`LeaveRequest`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Left {
    /// The subjects to be reported again later. The others ended, or stay since others hold their data.
    pub leaving: Vec<Uuid>,
}

/// The result of a [`DestroyRequest`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Destroyed {
    /// The number of keys that were destroyed, not counting those destroyed before.
    pub keys: i64,
}
