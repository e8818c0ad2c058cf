//! Every URL of webhooks.

use kit::route::{Access, Routes};

use crate::{deliveries, endpoints};

/// The table.
pub fn routes() -> Routes {
    Routes::new()
        .post("/v1/webhook-endpoints", Access::Scope("webhooks:write"), endpoints::http::create)
        .get("/v1/webhook-endpoints", Access::Scope("webhooks:read"), endpoints::http::list)
        .get("/v1/webhook-endpoints/{id}", Access::Scope("webhooks:read"), endpoints::http::get)
        .delete(
            "/v1/webhook-endpoints/{id}",
            Access::Scope("webhooks:write"),
            endpoints::http::delete,
        )
        .get("/v1/webhook-deliveries", Access::Scope("webhooks:read"), deliveries::http::list)
        .get("/v1/webhook-deliveries/{id}", Access::Scope("webhooks:read"), deliveries::http::get)
}
