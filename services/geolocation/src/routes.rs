//! Every URL of the service.

use contracts::scopes;
use kit::http::routes::{Access, Routes};

use crate::{geocoding, lookup};

/// The routing table.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/geo/ip", Access::Scope(scopes::GEO_READ), lookup::http::own)
        .query("/v1/geo/ip", Access::Scope(scopes::GEO_READ), lookup::http::bulk)
        .get("/v1/geo/ip/{ip}", Access::Scope(scopes::GEO_READ), lookup::http::get)
        .get("/v1/geo/geo.json", Access::Scope(scopes::GEO_READ), lookup::http::keycdn)
        .get("/v1/geo/search", Access::Scope(scopes::GEO_READ), geocoding::http::search)
        .get("/v1/geo/autocomplete", Access::Scope(scopes::GEO_READ), geocoding::http::autocomplete)
        .get("/v1/geo/reverse", Access::Scope(scopes::GEO_READ), geocoding::http::reverse)
}
