//! The credentials with which a service calls other services.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use jsonwebtoken::EncodingKey;
use moka::sync::Cache;

use super::claims::{self, Claims, MAX_TOKEN_SECONDS};
use crate::{clock::Clock, id::Ids, secret::Secret};

/// What the `kid` of every workload key starts with.
pub(crate) const WORKLOAD_KID: &str = "workload:";

/// Signs a service's tokens for calls to other services.
#[derive(Clone)]
pub struct Workload {
    service: &'static str,
    key: EncodingKey,
    clock: Clock,
    tokens: Cache<String, String>,
}

impl Workload {
    /// `key` is the base64 of a PKCS#8 Ed25519 key, as [`current`] returns it.
    pub fn new(service: &'static str, key: &Secret, clock: Clock) -> anyhow::Result<Self> {
        let der = B64.decode(key.expose().trim())?;
        let tokens =
            Cache::builder().max_capacity(100).time_to_live(Duration::from_secs(30)).build();
        Ok(Self { service, key: EncodingKey::from_ed_der(&der), clock, tokens })
    }

    pub(crate) fn service(&self) -> &'static str {
        self.service
    }

    /// A token for calls to the service `audience`; the same one for 30 s.
    pub fn token(&self, audience: &str) -> anyhow::Result<String> {
        if let Some(token) = self.tokens.get(audience) {
            return Ok(token);
        }
        let now = self.clock.now().timestamp();
        let claims = Claims {
            iss: self.service.to_owned(),
            sub: self.service.to_owned(),
            aud: audience.to_owned(),
            exp: now + MAX_TOKEN_SECONDS,
            iat: now,
            jti: Ids.next(),
            client_id: self.service.to_owned(),
            tenant: None,
            scope: String::new(),
            actor_kind: "service".to_owned(),
            test: false,
        };
        let token = claims::sign(&claims, &workload_kid(self.service), &self.key)?;
        self.tokens.insert(audience.to_owned(), token.clone());
        Ok(token)
    }
}

/// The key that signs, of those in the setting, separated by commas: the first. The others have only their public halves in
/// the key set, before they sign or until their last token has expired.
pub(crate) fn current(setting: &Secret) -> Secret {
    Secret::new(setting.expose().split(',').next().unwrap_or_default().trim())
}

/// The `kid` of a service's workload key, e.g. `workload:campaigns`.
pub fn workload_kid(service: &str) -> String {
    format!("{WORKLOAD_KID}{service}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_of_the_setting_signs() {
        for setting in ["new", " new , old"] {
            assert_eq!(current(&Secret::new(setting)), Secret::new("new"));
        }
    }
}
