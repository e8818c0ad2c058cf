//! Every URL of identity.

use contracts::scopes;
use kit::http::routes::{Access, Routes};

use crate::{api_keys, audit, sessions, sign_ins, tenants, users};

/// The table.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/tenant", Access::Scope(scopes::TENANT_READ), tenants::http::get)
        .patch("/v1/tenant", Access::Scope(scopes::TENANT_WRITE), tenants::http::update)
        .get("/v1/users", Access::Scope(scopes::USERS_READ), users::http::list)
        .post("/v1/users", Access::Scope(scopes::USERS_WRITE), users::http::create)
        .delete("/v1/users/{user_id}", Access::Scope(scopes::USERS_WRITE), users::http::delete)
        .get("/v1/api-keys", Access::Scope(scopes::KEYS_READ), api_keys::http::list)
        .post("/v1/api-keys", Access::Scope(scopes::KEYS_WRITE), api_keys::http::create)
        .delete("/v1/api-keys/{key_id}", Access::Scope(scopes::KEYS_WRITE), api_keys::http::delete)
        .get("/v1/sign-ins", Access::Scope(scopes::AUDIT_READ), sign_ins::http::list)
        .get("/v1/audit", Access::Scope(scopes::AUDIT_READ), audit::http::list)
        .unkeyed_post(
            "/internal/v1/sessions",
            Access::Services(&["gateway"]),
            sessions::http::create,
        )
        .unkeyed_post(
            "/internal/v1/sessions/refresh",
            Access::Services(&["gateway"]),
            sessions::http::refresh,
        )
        .unkeyed_post(
            "/internal/v1/sessions/alive",
            Access::Services(&["gateway"]),
            sessions::http::alive,
        )
        .unkeyed_post(
            "/internal/v1/sessions/revoke",
            Access::Services(&["gateway"]),
            sessions::http::revoke,
        )
        .unkeyed_post(
            "/internal/v1/credentials/verify",
            Access::Services(&["gateway"]),
            api_keys::http::verify,
        )
        .get("/internal/v1/origins", Access::Services(&["gateway"]), api_keys::http::origins)
}
