//! Every URL of the service.

use kit::route::{Access, Routes};

use crate::{geocoding, lookup};

/// The routing table.
pub fn routes() -> Routes {
    Routes::new()
        .get("/v1/geo/ip", Access::Scope("geo:read"), lookup::http::own)
        .query("/v1/geo/ip", Access::Scope("geo:read"), lookup::http::bulk)
        .get("/v1/geo/ip/{ip}", Access::Scope("geo:read"), lookup::http::get)
        .get("/v1/geo/geo.json", Access::Scope("geo:read"), lookup::http::keycdn)
        .get("/v1/geo/search", Access::Scope("geo:read"), geocoding::http::search)
        .get("/v1/geo/autocomplete", Access::Scope("geo:read"), geocoding::http::autocomplete)
        .get("/v1/geo/reverse", Access::Scope("geo:read"), geocoding::http::reverse)
}
