//! How an address is hidden: a blind index within a tenant.

use std::collections::HashMap;

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use contracts::{
    keyring::{KeyRef, ResolveItem},
    values::email::EmailAddress,
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Unwrapped index keys by tenant.
pub(super) type IndexKeys = HashMap<Uuid, Zeroizing<Vec<u8>>>;

/// By what a tenant's person is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct AddressIndex {
    pub(super) tenant_id: Uuid,
    /// The blind index of the address.
    pub(super) email_index: Vec<u8>,
}

/// A person asked for, whose address is hidden.
pub(super) struct Person {
    pub(super) item: ResolveItem,
    /// None if it is not an address.
    pub(super) index: Option<AddressIndex>,
}

/// A person to be created.
pub(super) struct NewSubject<'a> {
    pub(super) id: Uuid,
    pub(super) index: &'a AddressIndex,
    pub(super) created_at: DateTime<Utc>,
}

/// A person who is neither erased nor ended.
pub(super) struct Subject {
    /// Since when they are leaving.
    pub(super) leaving_at: Option<DateTime<Utc>>,
}

impl Person {
    pub(super) fn new(item: ResolveItem, keys: &IndexKeys) -> Self {
        let (tenant_id, address) = (item.tenant_id, EmailAddress::parse(&item.email));
        let index = address.zip(keys.get(&tenant_id)).map(|(address, key)| AddressIndex {
            tenant_id,
            email_index: email_index(&address, key),
        });
        Self { item, index }
    }

    /// The keys asked for, in that order; none of an unknown person.
    pub(super) fn keys(&self, subject_id: Option<Uuid>) -> Vec<KeyRef> {
        let Some(subject_id) = subject_id else { return Vec::new() };
        let tenant_id = self.item.tenant_id;
        let key = |&compartment| KeyRef { tenant_id, subject_id, compartment };
        self.item.compartments.iter().map(key).collect()
    }
}

/// The blind index of an address under a tenant's key.
fn email_index(address: &EmailAddress, key: &[u8]) -> Vec<u8> {
    mac(key, &[b"email index v1", address.as_str().as_bytes()]).as_ref().to_vec()
}

fn mac(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
        context.update(&[0]);
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tenants_cannot_be_linked() {
        let address = EmailAddress::parse("ada@example.org").unwrap();
        assert_ne!(email_index(&address, &[1; 32]), email_index(&address, &[2; 32]));
    }
}
