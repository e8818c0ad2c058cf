//! One attempt to sign in.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use contracts::keyring::Compartment;
use kit::keyring::{
    Keys,
    sealed::{OpenError, SealContext},
};
use uuid::Uuid;

use crate::users::domain::SealedText;

kit::text_enum! {
    /// What an attempt came to.
    pub(crate) enum Outcome {
        SignedIn = "signed_in",
        WrongPassword = "wrong_password",
        /// Not a member of the organisation that was named.
        NoMembership = "no_membership",
        /// The password was right in several organisations, and the user has to name one.
        TenantNeeded = "tenant_needed",
        /// A refresh token came back after it was used up: it was stolen, or its answer was lost.
        TokenReused = "token_reused",
    }
}

/// An attempt of a known user.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) id: Uuid,
    /// The platform's if it is not known which organisation was meant.
    pub(crate) tenant_id: Uuid,
    pub(crate) user_id: Uuid,
    /// Text of an [`Outcome`], or of one that only a newer version knows.
    pub(crate) outcome: String,
    pub(crate) ip: Option<SealedText>,
    pub(crate) at: DateTime<Utc>,
}

impl Attempt {
    /// The attempt with the sealed address it came from. Without a key it stays without: an erased person leaves no trace.
    pub(crate) fn with_ip(mut self, keys: &Keys, ip: IpAddr) -> Result<Self, OpenError> {
        if let Ok(key) = keys.sealing_key(Compartment::Network) {
            self.ip = Some(key.seal(self.ip_place(), ip.to_string().as_str())?);
        }
        Ok(self)
    }

    /// The address the attempt came from; none once the person is erased or restricted.
    pub(crate) fn open_ip(&self, keys: &Keys) -> Result<Option<String>, OpenError> {
        let Some(sealed) = &self.ip else { return Ok(None) };
        Ok(keys.open(Compartment::Network, self.ip_place(), sealed)?.value())
    }

    fn ip_place(&self) -> SealContext<'static> {
        SealContext::Row { table: "sign_ins", column: "ip", id: self.id }
    }
}
