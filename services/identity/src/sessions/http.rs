//! `/internal/v1/sessions`: the gateway signs people in, keeps them signed in, signs them out.

use actix_web::{HttpResponse, web::Data};
use contracts::identity::{
    Alive, PLATFORM_TENANT, Principal, Refresh, Revoke, SessionGrant, SignIn,
};
use kit::http::{extract::Json, problem::Problem, reply::Reply};

use super::{domain::token_hash, ops, workflow};
use crate::app::App;

pub(crate) async fn create(
    app: Data<App>,
    body: Json<SignIn>,
) -> Result<Reply<SessionGrant>, Problem> {
    Ok(Reply::ok(workflow::sign_in(&app, &body.value).await?).no_store())
}

pub(crate) async fn refresh(
    app: Data<App>,
    body: Json<Refresh>,
) -> Result<Reply<SessionGrant>, Problem> {
    Ok(Reply::ok(workflow::refresh(&app, &body.value).await?).no_store())
}

pub(crate) async fn alive(app: Data<App>, body: Json<Alive>) -> Result<Reply<Principal>, Problem> {
    let now = app.kit.clock.now();
    let principal = app
        .db
        .tx("sessions.check", PLATFORM_TENANT, async |conn| {
            ops::principal(conn, body.value.session_id, now).await
        })
        .await?;
    Ok(Reply::ok(principal).no_store())
}

pub(crate) async fn revoke(app: Data<App>, body: Json<Revoke>) -> Result<HttpResponse, Problem> {
    let (hash, now) = (token_hash(&body.value.refresh_token), app.kit.clock.now());
    app.db
        .tx("sessions.revoke", PLATFORM_TENANT, async |conn| ops::revoke(conn, &hash, now).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
