//! `/v1/sign-ins`: attempts to sign in to the caller's organisation, newest first.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use contracts::keyring::Compartment;
use futures_util::future::try_join_all;
use kit::http::{
    extract::Caller,
    page::{Page, PageRequest},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use uuid::Uuid;

use super::{domain::Attempt, store};
use crate::{app::App, error::Error, users::workflow};

#[derive(Serialize)]
pub(crate) struct SignInView {
    id: Uuid,
    user_id: Uuid,
    outcome: String,
    /// Null once the person is erased.
    ip: Option<String>,
    at: DateTime<Utc>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<SignInView>>, Problem> {
    let tenant_id = caller.tenant_id;
    let attempts = app
        .db
        .tx("sign_ins.list", tenant_id, async |conn| store::page(conn, tenant_id, page).await)
        .await?;
    let views = try_join_all(attempts.into_iter().map(|attempt| view(&app, attempt))).await?;
    Ok(Reply::ok(page.page(views, |attempt| attempt.id)).no_store())
}

async fn view(app: &App, attempt: Attempt) -> Result<SignInView, Error> {
    let ip = if attempt.ip.is_some() {
        let keys = workflow::keys(app, attempt.user_id, &[Compartment::Network]).await?;
        attempt.open_ip(&keys)?
    } else {
        None
    };
    let Attempt { id, user_id, outcome, at, .. } = attempt;
    Ok(SignInView { id, user_id, outcome, ip, at })
}
