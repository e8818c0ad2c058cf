//! Every URL of webhooks.

use contracts::scopes;
use kit::http::routes::{Access, Routes};

use crate::{deliveries, endpoints};

/// The table.
pub fn routes() -> Routes {
    Routes::new()
        .post(
            "/v1/webhook-endpoints",
            Access::Scope(scopes::WEBHOOKS_WRITE),
            endpoints::http::create,
        )
        .get("/v1/webhook-endpoints", Access::Scope(scopes::WEBHOOKS_READ), endpoints::http::list)
        .get(
            "/v1/webhook-endpoints/{id}",
            Access::Scope(scopes::WEBHOOKS_READ),
            endpoints::http::get,
        )
        .delete(
            "/v1/webhook-endpoints/{id}",
            Access::Scope(scopes::WEBHOOKS_WRITE),
            endpoints::http::delete,
        )
        .get("/v1/webhook-deliveries", Access::Scope(scopes::WEBHOOKS_READ), deliveries::http::list)
        .get(
            "/v1/webhook-deliveries/{id}",
            Access::Scope(scopes::WEBHOOKS_READ),
            deliveries::http::get,
        )
}
