//! Every URL of the service.

use kit::route::{Access, Routes};

use crate::lookup;

/// The routing table.
pub fn routes() -> Routes {
    Routes::new().get("/v1/geo/ip/{ip}", Access::Scope("geo:read"), lookup::http::get)
}
