//! The forms of credentials, who holds one, and whether it suffices for a route.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::identity::Principal;
use kit::http::origin::normalize;
use uuid::Uuid;

use crate::{error::Error, table::Access};

/// Longest credential that is considered; ours are shorter.
const MAX_CREDENTIAL: usize = 2048;
/// Longest API key; ours are shorter.
const MAX_KEY: usize = 200;
/// A link: 16 bytes of tenant and 16 random ones.
const LINK_BYTES: usize = 32;

/// A credential in one of our forms that is not verified yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    /// A JWT.
    AccessToken(&'a str),
    /// `pk_…` or `sk_…`
    ApiKey(&'a str),
}

/// Parses an Authorization header.
pub(super) fn parse_authorization(header: &str) -> Option<Presented<'_>> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.len() > MAX_CREDENTIAL {
        return None;
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if token.starts_with("pk_") || token.starts_with("sk_") {
        return (token.len() <= MAX_KEY && token.chars().all(is_plain))
            .then_some(Presented::ApiKey(token));
    }
    let parts = token.split('.').count();
    let is_jwt = parts == 3 && token.chars().all(|c| is_plain(c) || c == '.');
    is_jwt.then_some(Presented::AccessToken(token))
}

/// The holder of a valid credential.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    /// SHA-256 of the credential; identifies it in caches.
    pub(super) fingerprint: [u8; 32],
    /// Has its origins in the form in which they are compared.
    pub(crate) principal: Principal,
    /// In seconds since 1970; API keys have none and are verified again instead.
    pub(super) expires_at: Option<i64>,
    pub(super) session_id: Option<Uuid>,
}

impl Holder {
    /// Whether the holder may call a route. `is_origin_live`: some live key lists the origin.
    pub(crate) fn check(
        &self,
        access: Access,
        origin: Option<&str>,
        is_origin_live: bool,
    ) -> Result<(), Error> {
        let principal = &self.principal;
        if principal.publishable && !access.publishable() {
            return Err(Error::PublishableKey);
        }
        if let Some(origin) = origin {
            if principal.publishable {
                let origin = normalize(origin);
                if !principal.origins.contains(&origin) {
                    return Err(Error::OriginNotAllowed);
                }
            } else if principal.actor_kind != "user" {
                return Err(Error::SecretKeyInBrowser);
            } else if !is_origin_live {
                return Err(Error::OriginNotAllowed);
            }
        }
        match access.scope() {
            Some(scope) if !principal.scopes.iter().any(|granted| granted == scope) => {
                Err(Error::MissingScope(scope))
            }
            _ => Ok(()),
        }
    }
}

/// The tenant in the link of an email; none if it is not a link.
pub(crate) fn link_tenant(link: &str) -> Option<Uuid> {
    let bytes: [u8; LINK_BYTES] = URL_SAFE_NO_PAD.decode(link).ok()?.try_into().ok()?;
    Uuid::from_slice(bytes.get(..16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(publishable: bool, kind: &str) -> Holder {
        let principal = Principal {
            tenant_id: Uuid::from_u128(1),
            actor_id: Uuid::from_u128(2),
            actor_kind: kind.to_owned(),
            scopes: vec!["geo:read".to_owned(), "users:read".to_owned()],
            origins: vec!["https://a.example".to_owned()],
            publishable,
            test: false,
        };
        Holder { fingerprint: [0; 32], principal, expires_at: None, session_id: None }
    }

    #[test]
    fn only_our_own_forms_are_parsed() {
        assert_eq!(
            parse_authorization("Bearer pk_test_Ab-1"),
            Some(Presented::ApiKey("pk_test_Ab-1"))
        );
        assert_eq!(parse_authorization("bearer a.b.c"), Some(Presented::AccessToken("a.b.c")));
        for odd in ["", "Bearer", "Basic a.b.c", "Bearer x", "Bearer sk_a b", "Bearer a.b.c.d"] {
            assert_eq!(parse_authorization(odd), None, "{odd}");
        }
        assert_eq!(parse_authorization(&format!("Bearer sk_{}", "a".repeat(300))), None);
    }

    #[test]
    fn a_publishable_key_is_limited_to_public_verbs_and_its_origins() {
        let (public, private) = (Access::PublicVerb("geo:read"), Access::Scope("users:read"));
        let key = holder(true, "api_key");
        assert_eq!(key.check(public, Some("https://a.example"), true), Ok(()));
        assert_eq!(key.check(public, Some("https://a.example:443"), true), Ok(()));
        assert_eq!(key.check(public, None, false), Ok(()));
        assert_eq!(
            key.check(public, Some("https://b.example"), true),
            Err(Error::OriginNotAllowed)
        );
        assert_eq!(key.check(private, None, false), Err(Error::PublishableKey));
    }

    #[test]
    fn secret_keys_stay_out_of_browsers_and_sessions_come_from_live_origins() {
        let private = Access::Scope("users:read");
        let origin = Some("https://a.example");
        assert_eq!(holder(false, "api_key").check(private, None, false), Ok(()));
        let in_browser = holder(false, "api_key").check(private, origin, true);
        assert_eq!(in_browser, Err(Error::SecretKeyInBrowser));
        assert_eq!(holder(false, "user").check(private, origin, true), Ok(()));
        assert_eq!(
            holder(false, "user").check(private, origin, false),
            Err(Error::OriginNotAllowed)
        );
        let ungranted = holder(false, "user").check(Access::Scope("keys:read"), None, false);
        assert_eq!(ungranted, Err(Error::MissingScope("keys:read")));
    }

    #[test]
    fn a_link_carries_its_tenant() {
        let tenant = Uuid::from_u128(7);
        let bytes = [*tenant.as_bytes(), [9; 16]].concat();
        assert_eq!(link_tenant(&URL_SAFE_NO_PAD.encode(bytes)), Some(tenant));
        assert_eq!(link_tenant("short"), None);
        assert_eq!(link_tenant(&"!".repeat(43)), None);
    }
}
