//! Every URL of the service.

use contracts::scopes;
use kit::http::routes::{
    Access::{Open, Scope},
    Routes,
};

use crate::{erasures, receipts};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/erasures", Scope(scopes::RIGHTS_READ), erasures::http::list)
        .post("/v1/erasures", Scope(scopes::RIGHTS_WRITE), erasures::http::create)
        .get("/v1/erasures/{id}", Scope(scopes::RIGHTS_READ), erasures::http::get)
        .get("/v1/erasures/{id}/receipt", Scope(scopes::RIGHTS_READ), receipts::http::get)
        .get("/v1/receipt-keys", Open, receipts::http::keys)
}
