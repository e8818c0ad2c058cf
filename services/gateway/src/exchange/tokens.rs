//! Internal tokens: one per holder and service, signed once a minute and kept as a ready header.

use std::time::Duration;

use contracts::identity::Principal;
use kit::{
    auth::claims::{self, Claims, GATEWAY, MAX_TOKEN_SECONDS},
    clock::Clock,
    http::problem::Problem,
    id::Ids,
};
use moka::sync::Cache;
use reqwest::header::HeaderValue;
use uuid::Uuid;

use super::domain::Holder;
use crate::keys::ring::Ring;

/// A token is not used in the last seconds of its life: it must survive the way and clocks that differ.
const MARGIN_SECONDS: i64 = 20;
/// Tokens kept.
const MAX_TOKENS: u64 = 50_000;
/// The one scope of a link in a mail.
const LINK_SCOPE: &str = "confirmations:link";

#[derive(Clone, PartialEq, Eq, Hash)]
enum For {
    Holder([u8; 32]),
    Link(Uuid),
}

/// Mints and keeps internal tokens.
pub(crate) struct Tokens {
    ring: Ring,
    clock: Clock,
    ids: Ids,
    kept: Cache<(For, &'static str), (HeaderValue, i64)>,
}

impl Tokens {
    pub(crate) fn new(ring: Ring, clock: Clock, ids: Ids) -> Self {
        let kept = Cache::builder()
            .max_capacity(MAX_TOKENS)
            .time_to_live(Duration::from_secs(MAX_TOKEN_SECONDS.unsigned_abs()))
            .build();
        Self { ring, clock, ids, kept }
    }

    /// The Authorization header for a call of `holder` to `service`.
    pub(crate) fn of_holder(
        &self,
        holder: &Holder,
        service: &'static str,
    ) -> Result<HeaderValue, Problem> {
        let who = &holder.principal;
        self.get(For::Holder(holder.fingerprint), service, || Claims {
            iss: GATEWAY.to_owned(),
            sub: who.actor_id.to_string(),
            aud: service.to_owned(),
            exp: 0,
            iat: 0,
            jti: Uuid::nil(),
            client_id: client_id(who),
            tenant: Some(who.tenant_id),
            scope: who.scopes.join(" "),
            actor_kind: who.actor_kind.clone(),
        })
    }

    /// The header for whoever holds a link of this tenant; the link itself stays the credential.
    pub(crate) fn of_link(
        &self,
        tenant_id: Uuid,
        service: &'static str,
    ) -> Result<HeaderValue, Problem> {
        self.get(For::Link(tenant_id), service, || Claims {
            iss: GATEWAY.to_owned(),
            sub: Uuid::nil().to_string(),
            aud: service.to_owned(),
            exp: 0,
            iat: 0,
            jti: Uuid::nil(),
            client_id: GATEWAY.to_owned(),
            tenant: Some(tenant_id),
            scope: LINK_SCOPE.to_owned(),
            actor_kind: "link".to_owned(),
        })
    }

    fn get(
        &self,
        holder: For,
        service: &'static str,
        claims: impl FnOnce() -> Claims,
    ) -> Result<HeaderValue, Problem> {
        let (place, now) = ((holder, service), self.clock.now().timestamp());
        if let Some((header, exp)) = self.kept.get(&place)
            && exp > now + MARGIN_SECONDS
        {
            return Ok(header);
        }
        let exp = now + MAX_TOKEN_SECONDS;
        let claims = Claims { exp, iat: now, jti: self.ids.next(), ..claims() };
        let header = self.header(&claims).map_err(|error| Problem::internal(&error))?;
        self.kept.insert(place, (header.clone(), exp));
        Ok(header)
    }

    fn header(&self, claims: &Claims) -> anyhow::Result<HeaderValue> {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", self.ring.sign(claims)?))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// A key is its own client; whoever signed in came by the one client that there is.
fn client_id(who: &Principal) -> String {
    if who.actor_kind == "user" { claims::SESSIONS.to_owned() } else { who.actor_id.to_string() }
}
