//! `/v1/campaigns/{id}/actions`: supporters act, the organisation lists.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kit::http::{
    extract::{Caller, Json},
    idempotency::{KeyedReply, Once},
    page::{Page, PageRequest},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use uuid::Uuid;

use super::{domain::Action, entry, ops, place, request::SubmitRequest, store};
use crate::{app::App, campaigns, error::Error};

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
pub(crate) struct ActionView {
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
    once: Once,
    id: Path<Uuid>,
    body: Json<SubmitRequest>,
) -> Result<KeyedReply, Problem> {
    let published = app.campaigns.live(&app.db, caller.tenant_id, *id).await?;
    let submission = body.value.parse(&published.campaign.consents)?;
    let place = place::find(&app, &submission.postcode, "/postcode").await?;
    app.reach.check(&app.db, caller.tenant_id, published.campaign.kind, &place).await?;
    let action_id = app.kit.ids.next();
    let entry = entry::prepare(&app, &published, submission, place, action_id).await?;
    let reply = once
        .tx("actions.create", async |conn| -> Result<_, Error> {
            ops::submit(conn, entry.as_ref()).await?;
            let controller_policy_url = &published.campaign.controller_policy_url;
            let status = "confirmation_sent";
            Ok(Reply::accepted(Accepted { action_id, status, next: NEXT, controller_policy_url }))
        })
        .await?;
    app.kit.wake.wake();
    Ok(reply)
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    page: PageRequest,
) -> Result<Reply<Page<ActionView>>, Problem> {
    let actions = app
        .db
        .tx("actions.list", caller.tenant_id, async |conn| -> Result<_, Error> {
            campaigns::store::by_id(conn, *id).await?.ok_or(Error::NoSuchCampaign)?;
            Ok(store::page(conn, *id, page).await?)
        })
        .await?;
    Ok(Reply::ok(page.page(actions, |action| action.id).map(ActionView::from)))
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
