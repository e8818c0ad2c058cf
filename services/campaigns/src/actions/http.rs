//! `/v1/campaigns/{id}/actions`: supporters act, the organisation lists.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::StatusCode,
    web::{Data, Path, Query},
};
use chrono::{DateTime, Utc};
use kit::{
    extract::{Caller, Json},
    idempotency::Attempt,
    page::{Page, PageQuery},
    problem::Problem,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    domain::Action,
    entry,
    ops::{self, Reply},
    place,
    request::SubmitRequest,
    store,
};
use crate::{app::App, campaigns, campaigns::cache, error::Error, representatives::reach};

const NEXT: &str = "A mail with a link is on its way to the address given. The action counts once it is confirmed there, within 7 days.";

/// The same for everybody: nothing in it depends on who the person is or what they did before.
#[derive(Serialize)]
struct Accepted<'a> {
    action_id: Uuid,
    status: &'static str,
    next: &'static str,
    controller_policy_url: &'a str,
}

/// No personal data: ids, states, times, constituency.
#[derive(Serialize)]
struct ActionView {
    id: Uuid,
    state: &'static str,
    constituency: Option<String>,
    taken_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    message_state: Option<&'static str>,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    request: HttpRequest,
    body: Json<SubmitRequest>,
) -> Result<impl Responder, Problem> {
    let published = cache::live(&app, caller.tenant_id, *id).await?;
    let attempt = attempt(&app, &caller, &request, &body.raw)?;
    let submission = body.value.parse(&published.campaign.consents)?;
    let place = place::find(&app, &submission.postcode, "/postcode").await?;
    reach::check(&app, caller.tenant_id, published.campaign.kind, &place).await?;
    let action_id = app.kit.ids.next();
    let entry = entry::prepare(&app, &published, submission, place, action_id).await?;
    let reply = accepted(action_id, &published.campaign.controller_policy_url)?;
    let reply = app
        .db
        .tx("actions.create", caller.tenant_id, async |conn| {
            ops::submit(conn, entry.as_ref(), attempt.as_ref(), reply).await
        })
        .await?;
    app.kit.wake.wake();
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::ACCEPTED);
    Ok(HttpResponse::build(status).content_type("application/json").body(reply.body))
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (limit, after) = query.parse()?;
    let actions = app
        .db
        .tx("actions.list", caller.tenant_id, async |conn| -> Result<_, Error> {
            campaigns::store::by_id(conn, *id).await?.ok_or(Error::NoSuchCampaign)?;
            Ok(store::page(conn, *id, after, limit + 1).await?)
        })
        .await?;
    let views = actions.into_iter().map(ActionView::from).collect();
    Ok(HttpResponse::Ok().json(Page::new(views, limit, |view: &ActionView| view.id)))
}

fn attempt(
    app: &App,
    caller: &Caller,
    request: &HttpRequest,
    body: &[u8],
) -> Result<Option<Attempt>, Problem> {
    let key = request.headers().get("idempotency-key").map(|v| v.to_str().unwrap_or_default());
    Attempt::new(&app.kit.fingerprints, caller, key, request.path(), body)
}

fn accepted(action_id: Uuid, controller_policy_url: &str) -> Result<Reply, Error> {
    let status = "confirmation_sent";
    let body = Accepted { action_id, status, next: NEXT, controller_policy_url };
    let body = serde_json::to_string(&body).map_err(|e| Error::Internal(e.into()))?;
    Ok(Reply { status: 202, body })
}

impl From<Action> for ActionView {
    fn from(action: Action) -> Self {
        Self {
            id: action.id,
            state: action.state.as_str(),
            constituency: action.place.constituency.map(|of| of.gss_code),
            taken_at: action.taken_at,
            confirmed_at: action.confirmed_at,
            message_state: action.message_state.map(super::domain::MessageState::as_str),
        }
    }
}
