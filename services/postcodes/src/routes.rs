//! Every URL of the service.

use kit::route::{Access, Routes};

use crate::{dataset, postcode};

/// The routing table.
pub fn routes() -> Routes {
    Routes::new()
        .get("/v1/geo/postcodes/{postcode}", Access::Scope("geo:read"), postcode::http::get)
        .get(
            "/v1/geo/postcodes/{postcode}/validate",
            Access::Scope("geo:read"),
            postcode::http::validate,
        )
        .get("/v1/geo/datasets", Access::Scope("geo:read"), dataset::http::list)
        .get(
            "/internal/v1/postcodes/{postcode}/place",
            Access::Services(&["campaigns"]),
            postcode::http::place,
        )
}
