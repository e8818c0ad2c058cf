//! Every URL of the service.

use contracts::scopes;
use kit::http::routes::{Access::Scope, Routes};

use crate::{deliveries, endpoints};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/webhook-endpoints", Scope(scopes::WEBHOOKS_READ), endpoints::http::list)
        .post("/v1/webhook-endpoints", Scope(scopes::WEBHOOKS_WRITE), endpoints::http::create)
        .get("/v1/webhook-endpoints/{id}", Scope(scopes::WEBHOOKS_READ), endpoints::http::get)
        .delete(
            "/v1/webhook-endpoints/{id}",
            Scope(scopes::WEBHOOKS_WRITE),
            endpoints::http::delete,
        )
        .get("/v1/webhook-deliveries", Scope(scopes::WEBHOOKS_READ), deliveries::http::list)
        .get("/v1/webhook-deliveries/{id}", Scope(scopes::WEBHOOKS_READ), deliveries::http::get)
}
