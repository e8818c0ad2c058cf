//! What may be presented, who holds it, and whether that is enough for a route.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::identity::Principal;
use kit::http::origin::normalize;
use uuid::Uuid;

use crate::table::Access;

/// Longest credential looked at; ours are shorter.
const MAX_CREDENTIAL: usize = 2048;
/// Longest API key; ours are shorter.
const MAX_KEY: usize = 200;
/// A link: 16 bytes of tenant and 16 random ones.
const LINK_BYTES: usize = 32;

/// A credential by its form; nothing is known of it yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    /// A JWT of ours.
    AccessToken(&'a str),
    /// `pk_…` or `sk_…`
    ApiKey(&'a str),
}

/// Reads an Authorization header.
pub(crate) fn presented(header: &str) -> Option<Presented<'_>> {
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

/// Who holds a credential.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    /// SHA-256 of what was presented; names the holder in caches.
    pub(crate) fingerprint: [u8; 32],
    /// Who, and what they may do; with origins in the form in which they are compared.
    pub(crate) principal: Principal,
    /// Until when, in seconds since 1970; keys are asked for again instead.
    pub(crate) expires_at: Option<i64>,
    /// Of which session.
    pub(crate) session_id: Option<Uuid>,
}

/// Why a holder may not call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The scope is not granted.
    Scope(&'static str),
    /// Not a verb for publishable keys.
    Publishable,
    /// The page that calls is not on the key's list.
    Origin,
    /// A secret key in a browser is no longer a secret.
    SecretInBrowser,
}

impl Holder {
    /// Whether a route may be called. `origin_is_live`: some live key lists the origin.
    pub(crate) fn may(
        &self,
        access: Access,
        origin: Option<&str>,
        origin_is_live: bool,
    ) -> Result<(), Refusal> {
        let principal = &self.principal;
        if principal.publishable && !access.publishable() {
            return Err(Refusal::Publishable);
        }
        if let Some(origin) = origin {
            if principal.publishable {
                let origin = normalize(origin);
                if !principal.origins.contains(&origin) {
                    return Err(Refusal::Origin);
                }
            } else if principal.actor_kind != "user" {
                return Err(Refusal::SecretInBrowser);
            } else if !origin_is_live {
                return Err(Refusal::Origin);
            }
        }
        match access.scope() {
            Some(scope) if !principal.scopes.iter().any(|granted| granted == scope) => {
                Err(Refusal::Scope(scope))
            }
            _ => Ok(()),
        }
    }
}

/// The tenant of a mail's link; none when it is no link.
pub(crate) fn tenant_of_link(link: &str) -> Option<Uuid> {
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
    fn only_our_own_forms_are_looked_at() {
        assert_eq!(presented("Bearer pk_test_Ab-1"), Some(Presented::ApiKey("pk_test_Ab-1")));
        assert_eq!(presented("bearer a.b.c"), Some(Presented::AccessToken("a.b.c")));
        for odd in ["", "Bearer", "Basic a.b.c", "Bearer x", "Bearer sk_a b", "Bearer a.b.c.d"] {
            assert_eq!(presented(odd), None, "{odd}");
        }
        assert_eq!(presented(&format!("Bearer sk_{}", "a".repeat(300))), None);
    }

    #[test]
    fn a_publishable_key_is_held_to_public_verbs_and_its_origins() {
        let (public, private) = (Access::PublicVerb("geo:read"), Access::Scope("users:read"));
        let key = holder(true, "api_key");
        assert_eq!(key.may(public, Some("https://a.example"), true), Ok(()));
        assert_eq!(key.may(public, Some("https://a.example:443"), true), Ok(()));
        assert_eq!(key.may(public, None, false), Ok(()));
        assert_eq!(key.may(public, Some("https://b.example"), true), Err(Refusal::Origin));
        assert_eq!(key.may(private, None, false), Err(Refusal::Publishable));
    }

    #[test]
    fn secret_keys_stay_out_of_browsers_and_sessions_come_from_live_origins() {
        let private = Access::Scope("users:read");
        let origin = Some("https://a.example");
        assert_eq!(holder(false, "api_key").may(private, None, false), Ok(()));
        let in_browser = holder(false, "api_key").may(private, origin, true);
        assert_eq!(in_browser, Err(Refusal::SecretInBrowser));
        assert_eq!(holder(false, "user").may(private, origin, true), Ok(()));
        assert_eq!(holder(false, "user").may(private, origin, false), Err(Refusal::Origin));
        let ungranted = holder(false, "user").may(Access::Scope("keys:read"), None, false);
        assert_eq!(ungranted, Err(Refusal::Scope("keys:read")));
    }

    #[test]
    fn a_link_carries_its_tenant() {
        let tenant = Uuid::from_u128(7);
        let bytes = [*tenant.as_bytes(), [9; 16]].concat();
        assert_eq!(tenant_of_link(&URL_SAFE_NO_PAD.encode(bytes)), Some(tenant));
        assert_eq!(tenant_of_link("short"), None);
        assert_eq!(tenant_of_link(&"!".repeat(43)), None);
    }
}
