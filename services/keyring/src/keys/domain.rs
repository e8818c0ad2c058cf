//! Data keys, and who may ask for which: the allow-list of compartments and purposes by service.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use chrono::{DateTime, Utc};
use contracts::keyring::{
    Compartment::{self, Action, Message, Network, Staff},
    KeyAnswer, KeyRef,
    Purpose::{self, Confirm, Deliver, Export, Probe, Record, SignIn, SubjectAccess},
};
use kit::id::Ids;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    error::Error,
    wrapper::{Holder, Wrapped, Wrapper},
};

/// A stored data key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) subject_id: Uuid,
    pub(crate) compartment: String,
    pub(crate) tenant_id: Uuid,
    /// None once it is destroyed.
    pub(crate) wrapped: Option<Wrapped>,
}

/// A key asked for, and whether it may be created.
pub(crate) struct WantedKey {
    pub(crate) key: KeyRef,
    pub(crate) mint: bool,
}

/// What new subjects and keys are made with.
#[derive(Clone, Copy)]
pub(crate) struct Mint<'a> {
    pub(crate) wrapper: &'a Wrapper,
    pub(crate) ids: Ids,
    pub(crate) now: DateTime<Utc>,
}

impl Key {
    pub(super) fn holder(&self) -> Holder<'_> {
        Holder::Data(self.subject_id, &self.compartment)
    }

    /// The answer to whom asks for this key.
    pub(super) fn answer(&self, wrapper: &Wrapper, purpose: Purpose) -> Result<KeyAnswer, Error> {
        let Some(key) = &self.wrapped else { return Ok(KeyAnswer::Destroyed) };
        if purpose == Probe {
            // A probe learns that the key lives; it is not given the key.
            return Ok(KeyAnswer::Refused);
        }
        let bytes = wrapper.unwrap_key(self.holder(), key)?;
        Ok(KeyAnswer::Active { key: B64.encode(&*bytes) })
    }
}

impl Mint<'_> {
    pub(super) fn key(&self, key: KeyRef) -> Result<Key, Error> {
        let compartment = name(key.compartment);
        let bytes = Zeroizing::new(self.ids.bytes::<32>());
        let holder = Holder::Data(key.subject_id, compartment);
        Ok(Key {
            subject_id: key.subject_id,
            compartment: compartment.to_owned(),
            tenant_id: key.tenant_id,
            wrapped: Some(self.wrapper.wrap(holder, bytes.as_ref())?),
        })
    }
}

/// One line: a service, whether it may create people, the compartments, the purposes.
type Line = (&'static str, bool, &'static [Compartment], &'static [Purpose]);

const ALLOWED: &[Line] = &[
    ("campaigns", true, &[Action], &[Record, Confirm, Deliver, Export, SubjectAccess]),
    ("campaigns", true, &[Action, Message], &[Record, Confirm, Deliver]),
    ("messaging", false, &[Message], &[Record, Confirm, Deliver]),
    ("identity", true, &[Staff, Network], &[Record, SignIn]),
    // Retention finds people and learns the state of their keys; it is never given a key.
    ("retention", false, &[], &[SubjectAccess]),
    ("retention", false, &[Action, Message, Staff, Network, Compartment::Webhook], &[Probe]),
];

/// Fails unless `service` may have these compartments for this purpose and, with `mint`, create people.
pub(crate) fn check_access(
    service: &str,
    purpose: Purpose,
    compartments: &[Compartment],
    mint: bool,
) -> Result<(), Error> {
    let fits = |(name, may_mint, lines, purposes): &Line| {
        *name == service
            && (*may_mint || !mint)
            && purposes.contains(&purpose)
            && compartments.iter().all(|compartment| lines.contains(compartment))
    };
    if ALLOWED.iter().any(fits) { Ok(()) } else { Err(Error::NotAllowed) }
}

/// Whether a missing key may be created for a purpose.
pub(super) fn creates_keys(purpose: Purpose) -> bool {
    matches!(purpose, Record | SignIn | Confirm | Deliver)
}

/// The compartments that are empty once campaigns holds nothing about a person: messages are about actions.
pub(crate) fn left_with_actions() -> [&'static str; 2] {
    [Action, Message].map(name)
}

/// The name of a compartment in the database.
pub(super) fn name(compartment: Compartment) -> &'static str {
    match compartment {
        Action => "action",
        Message => "message",
        Staff => "staff",
        Network => "network",
        Compartment::Webhook => "webhook",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_given_only_what_its_work_needs() {
        assert!(check_access("campaigns", Record, &[Action, Message], true).is_ok());
        assert!(check_access("campaigns", Export, &[Message], false).is_err());
        assert!(check_access("messaging", Deliver, &[Action], false).is_err());
        assert!(check_access("messaging", Deliver, &[Message], true).is_err());
        assert!(check_access("retention", Export, &[Action], false).is_err());
        assert!(check_access("gateway", Record, &[Action], false).is_err());
    }
}
