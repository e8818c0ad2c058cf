//! The keyring's internal API: subjects by e-mail, data keys by purpose. Batched; workload credentials only.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Largest batch of one call.
pub const MAX_BATCH: usize = 256;

/// Which part of a person's data a key opens. Each part can be destroyed alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compartment {
    /// What a person did in a campaign: name, address, words, as the campaign keeps them.
    Action,
    /// Mail to or from a person, as messaging keeps it.
    Message,
    /// Staff: users who sign in, and the audit entries that name them.
    Staff,
    /// Network traces: IP addresses of the sign-in log.
    Network,
    /// Partners' data in webhook logs.
    Webhook,
}

/// Why a value is opened. Restriction and objection are enforced by refusing the key for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Write the person's data down: seal, no reading for use.
    Record,
    /// Confirm with the person what they asked for.
    Confirm,
    /// Deliver what the person asked to be delivered.
    Deliver,
    /// The campaign owner's complete download.
    Export,
    /// The person sees, takes or corrects their own data.
    SubjectAccess,
    /// Staff sign in and act.
    SignIn,
    /// Prove that nothing is left after an erasure.
    Probe,
}

/// One key asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyRef {
    /// The controller.
    pub tenant_id: Uuid,
    /// The person as that tenant knows them.
    pub subject_id: Uuid,
    /// The part of their data.
    pub compartment: Compartment,
}

/// A person asked for by e-mail; their subject and keys are minted when they are new and `mint` is true.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResolveItem {
    /// The controller.
    pub tenant_id: Uuid,
    /// The address as typed; the keyring normalises it. In memory and on TLS only.
    pub email: String,
    /// The keys wanted with the subject.
    pub compartments: Vec<Compartment>,
    /// Create what is missing.
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
    /// Why the keys are wanted.
    pub purpose: Purpose,
    /// At most [`MAX_BATCH`].
    pub items: Vec<ResolveItem>,
}

/// The answer for one [`ResolveItem`], in the order asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resolved {
    /// Absent when the address is not known and `mint` was false, or is not an address.
    pub subject_id: Option<Uuid>,
    /// One per compartment asked, in that order.
    pub keys: Vec<KeyAnswer>,
    /// Keyed tag of the address, the same across tenants for one UTC day only; limits mails per address.
    #[serde(default)]
    pub address_tag: String,
}

/// `POST /internal/v1/keys/open`
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Why the keys are wanted.
    pub purpose: Purpose,
    /// At most [`MAX_BATCH`]. Never mints a subject; a missing compartment of a living subject is minted for `record`.
    pub keys: Vec<KeyRef>,
}

/// The state of one key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum KeyAnswer {
    /// The key, base64 of 32 bytes.
    Active {
        /// base64 of 32 bytes
        key: String,
    },
    /// Destroyed: what it sealed is erased. A normal answer.
    Destroyed,
    /// Alive, but not for this purpose (restriction, objection).
    Refused,
    /// There has never been such a key.
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

/// `POST /internal/v1/subjects/destroy`: every key of a person dies; idempotent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DestroyRequest {
    /// The controller.
    pub tenant_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
}

/// Answer to a [`DestroyRequest`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Destroyed {
    /// Keys that were alive until now.
    pub keys: i64,
}
