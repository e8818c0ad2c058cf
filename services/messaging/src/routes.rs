//! Every URL of messaging.

use kit::route::{Access, Routes};

use crate::deliveries;

/// The table.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/deliveries", Access::Scope("deliveries:read"), deliveries::http::list)
        .get("/v1/deliveries/{id}", Access::Scope("deliveries:read"), deliveries::http::get)
}
