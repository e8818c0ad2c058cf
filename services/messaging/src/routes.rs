//! Every URL of messaging.

use contracts::scopes;
use kit::http::routes::{Access, Routes};

use crate::deliveries;

/// The table.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/deliveries", Access::Scope(scopes::DELIVERIES_READ), deliveries::http::list)
        .get("/v1/deliveries/{id}", Access::Scope(scopes::DELIVERIES_READ), deliveries::http::get)
        .post(
            "/v1/deliveries/{id}/settle",
            Access::Scope(scopes::DELIVERIES_WRITE),
            deliveries::http::settle,
        )
}
