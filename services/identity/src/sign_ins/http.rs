//! `GET /v1/sign-ins`: attempts to sign in to the caller's organisation.

use actix_web::{HttpResponse, Responder, web};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use kit::http::{extract::Caller, page::PageRequest, problem::Problem};
use serde::Serialize;
use uuid::Uuid;

use super::{domain::Recorded, store};
use crate::{app::App, error::Error, users::profiles};

#[derive(Serialize)]
struct SignInView {
    id: Uuid,
    user_id: Uuid,
    outcome: String,
    /// Null once the person is erased.
    ip: Option<String>,
    at: DateTime<Utc>,
}

pub(crate) async fn list(
    app: web::Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let tenant_id = caller.tenant_id;
    let attempts = app
        .db
        .tx("identity.sign_ins.page", tenant_id, async |conn| {
            store::page(conn, tenant_id, page).await
        })
        .await?;
    let views = try_join_all(attempts.into_iter().map(|attempt| view(&app, attempt))).await?;
    let page = page.page(views, |attempt: &SignInView| attempt.id);
    Ok(HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(page))
}

async fn view(app: &App, attempt: Recorded) -> Result<SignInView, Error> {
    let Recorded { id, user_id, outcome, ip, at } = attempt;
    let ip = match &ip {
        Some(sealed) => profiles::open_ip(app, user_id, id, sealed).await?,
        None => None,
    };
    Ok(SignInView { id, user_id, outcome, ip, at })
}
