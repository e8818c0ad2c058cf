//! Every URL of the service.

use contracts::scopes;
use kit::http::routes::{Access::Scope, Routes};

use crate::{actions, campaigns, confirmations, counters, eligibility, exports, representatives};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/campaigns", Scope(scopes::CAMPAIGNS_READ), campaigns::http::list)
        .post("/v1/campaigns", Scope(scopes::CAMPAIGNS_WRITE), campaigns::http::create)
        .get("/v1/campaigns/{id}", Scope(scopes::CAMPAIGNS_READ), campaigns::http::get)
        .patch("/v1/campaigns/{id}", Scope(scopes::CAMPAIGNS_WRITE), campaigns::http::update)
        .post(
            "/v1/campaigns/{id}/publish",
            Scope(scopes::CAMPAIGNS_WRITE),
            campaigns::http::publish,
        )
        .post("/v1/campaigns/{id}/close", Scope(scopes::CAMPAIGNS_WRITE), campaigns::http::close)
        .get(
            "/v1/campaigns/{id}/public",
            Scope(scopes::CAMPAIGNS_PUBLIC),
            campaigns::http::public::get,
        )
        .get(
            "/v1/campaigns/{id}/targets",
            Scope(scopes::CAMPAIGNS_PUBLIC),
            representatives::http::targets,
        )
        .get("/v1/campaigns/{id}/counter", Scope(scopes::CAMPAIGNS_PUBLIC), counters::http::total)
        .get(
            "/v1/campaigns/{id}/counters",
            Scope(scopes::CAMPAIGNS_READ),
            counters::http::by_constituency,
        )
        .post("/v1/campaigns/{id}/actions", Scope(scopes::ACTIONS_CREATE), actions::http::create)
        .get("/v1/campaigns/{id}/actions", Scope(scopes::ACTIONS_READ), actions::http::list)
        .get(
            "/v1/campaigns/{id}/export.csv",
            Scope(scopes::ACTIONS_EXPORT),
            exports::http::download,
        )
        .get("/v1/eligibility-areas", Scope(scopes::CAMPAIGNS_READ), eligibility::http::list)
        .post("/v1/eligibility-areas", Scope(scopes::CAMPAIGNS_WRITE), eligibility::http::create)
        .get("/v1/eligibility-areas/{id}", Scope(scopes::CAMPAIGNS_READ), eligibility::http::get)
        .patch(
            "/v1/eligibility-areas/{id}",
            Scope(scopes::CAMPAIGNS_WRITE),
            eligibility::http::update,
        )
        .delete(
            "/v1/eligibility-areas/{id}",
            Scope(scopes::CAMPAIGNS_WRITE),
            eligibility::http::delete,
        )
        .query(
            "/v1/eligibility-areas/{id}/check",
            Scope(scopes::CAMPAIGNS_PUBLIC),
            eligibility::http::check,
        )
        .get(
            "/v1/representatives",
            Scope(scopes::REPRESENTATIVES_READ),
            representatives::http::list,
        )
        .post(
            "/v1/representatives/import",
            Scope(scopes::REPRESENTATIVES_WRITE),
            representatives::http::register::import,
        )
        .get("/v1/confirmations/{link}", Scope("confirmations:link"), confirmations::http::get)
        // A link confirms once, however often it is used.
        .unkeyed_post(
            "/v1/confirmations/{link}",
            Scope("confirmations:link"),
            confirmations::http::confirm,
        )
}
