//! Internal tokens: one per holder and service, signed once a minute and cached as a header.

use std::time::Duration;

use contracts::identity::Principal;
use kit::{
    auth::claims::{Claims, GATEWAY, MAX_TOKEN_SECONDS, SESSIONS},
    clock::Clock,
    http::problem::Problem,
    id::Ids,
};
use moka::sync::Cache;
use reqwest::header::HeaderValue;
use uuid::Uuid;

use crate::{exchange::domain::Holder, keys::cache::SigningKeys};

/// A token is not used in the last seconds of its life: it must still be valid on arrival, by clocks that differ.
const MARGIN_SECONDS: i64 = 20;
const MAX_TOKENS: u64 = 50_000;
/// The only scope of a link in an email.
const LINK_SCOPE: &str = "confirmations:link";

/// Whose token it is: the holder of a credential, by its fingerprint, or of a link, by its tenant.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    Holder([u8; 32]),
    Link(Uuid),
}

pub(crate) struct InternalTokens {
    keys: SigningKeys,
    clock: Clock,
    ids: Ids,
    /// By subject and service; with the time at which the token expires, in seconds since 1970.
    cached: Cache<(Subject, &'static str), (HeaderValue, i64)>,
}

impl InternalTokens {
    pub(crate) fn new(keys: SigningKeys, clock: Clock, ids: Ids) -> Self {
        let cached = Cache::builder()
            .max_capacity(MAX_TOKENS)
            .time_to_live(Duration::from_secs(MAX_TOKEN_SECONDS.unsigned_abs()))
            .build();
        Self { keys, clock, ids, cached }
    }

    /// The Authorization header for a call of `holder` to `service`.
    pub(crate) fn for_holder(
        &self,
        holder: &Holder,
        service: &'static str,
    ) -> Result<HeaderValue, Problem> {
        let principal = &holder.principal;
        self.get(Subject::Holder(holder.fingerprint), service, || Claims {
            sub: principal.actor_id.to_string(),
            client_id: client_id(principal),
            tenant: Some(principal.tenant_id),
            scope: principal.scopes.join(" "),
            actor_kind: principal.actor_kind.clone(),
            test: principal.test,
            ..self.claims(service)
        })
    }

    /// The header for a call with a link of this tenant; the service verifies the link itself.
    pub(crate) fn for_link(
        &self,
        tenant_id: Uuid,
        service: &'static str,
    ) -> Result<HeaderValue, Problem> {
        self.get(Subject::Link(tenant_id), service, || Claims {
            tenant: Some(tenant_id),
            scope: LINK_SCOPE.to_owned(),
            actor_kind: "link".to_owned(),
            ..self.claims(service)
        })
    }

    fn get(
        &self,
        subject: Subject,
        service: &'static str,
        claims: impl FnOnce() -> Claims,
    ) -> Result<HeaderValue, Problem> {
        let (key, now) = ((subject, service), self.clock.now().timestamp());
        if let Some((header, exp)) = self.cached.get(&key)
            && exp > now + MARGIN_SECONDS
        {
            return Ok(header);
        }
        let claims = claims();
        let header = self.header(&claims).map_err(|error| Problem::internal(&error))?;
        self.cached.insert(key, (header.clone(), claims.exp));
        Ok(header)
    }

    /// Claims without a tenant and scopes, valid from now on.
    fn claims(&self, service: &str) -> Claims {
        let now = self.clock.now().timestamp();
        Claims {
            iss: GATEWAY.to_owned(),
            sub: Uuid::nil().to_string(),
            aud: service.to_owned(),
            exp: now + MAX_TOKEN_SECONDS,
            iat: now,
            jti: self.ids.next(),
            client_id: GATEWAY.to_owned(),
            tenant: None,
            scope: String::new(),
            actor_kind: String::new(),
            test: false,
        }
    }

    fn header(&self, claims: &Claims) -> anyhow::Result<HeaderValue> {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.keys.sign(claims)?))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// An API key is its own client; people who signed in all use the same one.
fn client_id(principal: &Principal) -> String {
    if principal.actor_kind == "user" {
        SESSIONS.to_owned()
    } else {
        principal.actor_id.to_string()
    }
}
