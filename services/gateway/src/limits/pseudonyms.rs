//! Pseudonyms that only this gateway can make: Redis learns neither networks nor accounts.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use contracts::values::email::EmailAddress;

use crate::edge::client_info::Network;

/// Bytes of the keyed hash that make a pseudonym.
const BYTES: usize = 12;

/// Makes pseudonyms.
pub(crate) struct Pseudonyms(Key);

/// An account that somebody signs in to and the network they do it from.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(super) account: String,
    /// The account and the network together: one pseudonym, so that nobody can list the networks of an account.
    pub(super) pair: String,
}

impl Pseudonyms {
    pub(crate) fn new(wrap_key: &[u8; 32]) -> Self {
        let root = Key::new(HMAC_SHA256, wrap_key);
        let derived = sign(&root, b"folkmoot gateway networks v1");
        Self(Key::new(HMAC_SHA256, derived.as_ref()))
    }

    pub(crate) fn network(&self, network: Network) -> String {
        self.hash(&network.to_string())
    }

    /// Of an account that exists or does not. Every spelling of an address is one account, as it is for identity.
    pub(crate) fn sign_in(&self, email: &str, network: Network) -> SignIn {
        let address = EmailAddress::parse(email);
        let account = address.as_ref().map_or_else(|| email.trim(), EmailAddress::as_str);
        SignIn {
            account: self.hash(&format!("account {account}")),
            pair: self.hash(&format!("account {account} from {network}")),
        }
    }

    fn hash(&self, text: &str) -> String {
        let hash = sign(&self.0, text.as_bytes());
        hex::encode(hash.as_ref().get(..BYTES).unwrap_or_default())
    }
}
