//! Every URL of retention.

use contracts::scopes;
use kit::http::routes::{Access, Routes};

use crate::{erasures, receipts};

/// The table.
pub fn routes() -> Routes {
    Routes::new()
        .post("/v1/erasures", Access::Scope(scopes::RIGHTS_WRITE), erasures::http::create)
        .get("/v1/erasures", Access::Scope(scopes::RIGHTS_READ), erasures::http::list)
        .get("/v1/erasures/{id}", Access::Scope(scopes::RIGHTS_READ), erasures::http::get)
        .get("/v1/erasures/{id}/receipt", Access::Scope(scopes::RIGHTS_READ), receipts::http::get)
        .get("/v1/receipt-keys", Access::Open, receipts::http::keys)
}
