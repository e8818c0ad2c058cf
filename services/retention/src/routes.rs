//! Every URL of retention.

use kit::route::{Access, Routes};

use crate::{erasures, receipts};

/// The table.
pub fn routes() -> Routes {
    Routes::new()
        .post("/v1/erasures", Access::Scope("rights:write"), erasures::http::create)
        .get("/v1/erasures", Access::Scope("rights:read"), erasures::http::list)
        .get("/v1/erasures/{id}", Access::Scope("rights:read"), erasures::http::get)
        .get("/v1/erasures/{id}/receipt", Access::Scope("rights:read"), receipts::http::get)
        .get("/v1/receipt-keys", Access::Open, receipts::http::keys)
}
