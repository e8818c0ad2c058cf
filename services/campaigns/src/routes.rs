//! Every URL of the service.

use kit::route::{Access::Scope, Routes};

use crate::{actions, campaigns, confirmations, counters, eligibility, exports, representatives};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/campaigns", Scope("campaigns:read"), campaigns::http::list)
        .post("/v1/campaigns", Scope("campaigns:write"), campaigns::http::create)
        .get("/v1/campaigns/{id}", Scope("campaigns:read"), campaigns::http::get)
        .patch("/v1/campaigns/{id}", Scope("campaigns:write"), campaigns::http::update)
        .post("/v1/campaigns/{id}/publish", Scope("campaigns:write"), campaigns::http::publish)
        .post("/v1/campaigns/{id}/close", Scope("campaigns:write"), campaigns::http::close)
        .get("/v1/campaigns/{id}/public", Scope("campaigns:public"), campaigns::public::get)
        .get(
            "/v1/campaigns/{id}/targets",
            Scope("campaigns:public"),
            representatives::http::targets,
        )
        .get("/v1/campaigns/{id}/counter", Scope("campaigns:public"), counters::http::total)
        .get(
            "/v1/campaigns/{id}/counters",
            Scope("campaigns:read"),
            counters::http::by_constituency,
        )
        .post("/v1/campaigns/{id}/actions", Scope("actions:create"), actions::http::create)
        .get("/v1/campaigns/{id}/actions", Scope("actions:read"), actions::http::list)
        .get("/v1/campaigns/{id}/export.csv", Scope("actions:export"), exports::http::download)
        .get("/v1/eligibility-areas", Scope("campaigns:read"), eligibility::http::list)
        .post("/v1/eligibility-areas", Scope("campaigns:write"), eligibility::http::create)
        .get("/v1/eligibility-areas/{id}", Scope("campaigns:read"), eligibility::http::get)
        .patch("/v1/eligibility-areas/{id}", Scope("campaigns:write"), eligibility::http::update)
        .delete("/v1/eligibility-areas/{id}", Scope("campaigns:write"), eligibility::http::remove)
        .query(
            "/v1/eligibility-areas/{id}/check",
            Scope("campaigns:public"),
            eligibility::http::check,
        )
        .get("/v1/representatives", Scope("representatives:read"), representatives::http::list)
        .post(
            "/v1/representatives/import",
            Scope("representatives:write"),
            representatives::http::import,
        )
        .get("/v1/confirmations/{link}", Scope("confirmations:link"), confirmations::http::get)
        // A link confirms once, however often it is used.
        .unkeyed_post(
            "/v1/confirmations/{link}",
            Scope("confirmations:link"),
            confirmations::http::confirm,
        )
}
