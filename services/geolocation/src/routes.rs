//! Every URL of the service.

use kit::route::{Access, Routes};

use crate::lookup;

/// The routing table.
pub fn routes() -> Routes {
    Routes::new()
        .get("/v1/geo/ip", Access::Scope("geo:read"), lookup::http::own)
        .post("/v1/geo/ip", Access::Scope("geo:read"), lookup::http::bulk)
        .get("/v1/geo/ip/{ip}", Access::Scope("geo:read"), lookup::http::get)
        .get("/v1/geo/geo.json", Access::Scope("geo:read"), lookup::http::keycdn)
}
