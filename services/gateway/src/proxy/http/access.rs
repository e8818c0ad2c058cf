//! Who calls, whether they call too often, and whether they may.

use std::sync::Arc;

use actix_web::HttpRequest;
use kit::http::problem::Problem;
use uuid::Uuid;

use crate::{
    app::App,
    edge::{self, client_info::ClientInfo},
    error::Error,
    exchange::domain::{Holder, link_tenant},
    limits::policy::Demand,
    table::{Access, Class, Entry},
};

pub(super) enum Caller {
    Holder(Arc<Holder>),
    /// The holder of a link of this tenant.
    Link(Uuid),
    Anonymous,
}

pub(super) async fn identify(
    entry: &Entry,
    app: &App,
    req: &HttpRequest,
    client: &mut ClientInfo,
) -> Result<Caller, Problem> {
    match entry.access {
        Access::Public => Ok(Caller::Anonymous),
        Access::Link => {
            let tenant_id = req.match_info().get("link").and_then(link_tenant);
            let malformed = || app.admission.miss(client, Error::NoSuchLink);
            Ok(tenant_id.map(Caller::Link).ok_or_else(malformed)?)
        }
        Access::Scope(_) | Access::PublicVerb(_) => {
            let header = edge::http::authorization(req);
            app.credentials.holder(header, &app.admission, client).await.map(Caller::Holder)
        }
    }
}

/// Counts a request against all of its limits at once. A server with a secret key calls for many people who are not in its
/// network, so it has no limit there, and admission refunds the request.
pub(super) async fn count(
    entry: &Entry,
    app: &App,
    req: &HttpRequest,
    client: &mut ClientInfo,
    caller: &Caller,
) -> Result<(), Error> {
    let Some(policies) = app.limiter.policies.find(entry.class) else { return Ok(()) };
    let mut demands = Vec::with_capacity(3);
    let mut by_network = true;
    if let Caller::Holder(holder) = caller {
        let principal = &holder.principal;
        by_network = principal.publishable;
        let policy =
            if principal.publishable { &policies.publishable } else { &policies.credential };
        demands.push(Demand { policy, holder: principal.actor_id.simple().to_string() });
    }
    if by_network {
        let holder = app.pseudonyms.network(client.network);
        demands.push(Demand { policy: &policies.network, holder });
    } else {
        app.admission.refund_request(client);
    }
    // By tenant too, so that nobody can use up the limit of another tenant's campaign.
    if entry.class == Class::Act
        && let Caller::Holder(holder) = caller
        && let Some(id) = req.match_info().get("id").and_then(|id| id.parse::<Uuid>().ok())
    {
        let policy = &app.limiter.policies.campaign;
        let holder = format!("{}.{}", holder.principal.tenant_id.simple(), id.simple());
        demands.push(Demand { policy, holder });
    }
    client.apply(app.limiter.check(&demands).await)
}

/// Whether the holder of a credential may call a route. Comes after the limits, which count refusals too.
pub(super) async fn check(
    entry: &Entry,
    app: &App,
    caller: &Caller,
    client: &mut ClientInfo,
) -> Result<(), Problem> {
    let Caller::Holder(holder) = caller else { return Ok(()) };
    let is_live = match (&client.origin, holder.principal.publishable) {
        (Some(origin), false) => app.origins.contains(origin).await?,
        _ => false,
    };
    holder.check(entry.access, client.origin.as_deref(), is_live)?;
    client.is_origin_allowed = client.origin.is_some();
    if holder.principal.test && !entry.takes_test_keys() {
        return Err(Error::TestKey.into());
    }
    Ok(())
}
