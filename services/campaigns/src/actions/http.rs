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

use super::{
    domain::{Action, MessageState, State},
    request::SubmitRequest,
    store, workflow,
};
use crate::{app::App, campaigns, error::Error};

const NEXT: &str = "An email with a link is on its way to the address given. The action counts once it is confirmed there, within 7 days.";

const NEXT_OF_TEST: &str = "This is a test: no email is sent, and nothing counts. Confirm at confirm_url within 7 days; then the action is deleted.";

/// Has no personal data.
#[derive(Serialize)]
pub(crate) struct ActionView {
    id: Uuid,
    state: State,
    constituency: Option<String>,
    taken_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    message_state: Option<MessageState>,
}

/// The same for everybody: nothing in it depends on who the person is or what they did before.
#[derive(Serialize)]
struct SubmittedView<'a> {
    action_id: Uuid,
    status: &'static str,
    next: &'static str,
    controller_policy_url: &'a str,
    /// Only of test keys: anybody else has to receive the email.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_url: Option<String>,
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
            Ok(store::page(conn, *id, caller.test, page).await?)
        })
        .await?;
    Ok(Reply::ok(page.page(actions, |action| action.id).map(ActionView::from)))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    id: Path<Uuid>,
    body: Json<SubmitRequest>,
) -> Result<KeyedReply, Problem> {
    let published = app.campaigns.live(&app.db, caller.tenant_id, *id).await?;
    let campaign = &published.campaign;
    let submission = body.value.parse(campaign)?;
    let action_id = app.kit.ids.next();
    let entry = workflow::prepare(&app, &published, submission, action_id, caller.test).await?;
    let (status, next) =
        if caller.test { ("test", NEXT_OF_TEST) } else { ("confirmation_sent", NEXT) };
    let confirm_url = entry.as_ref().filter(|_| caller.test).map(|entry| entry.link_url.clone());
    let view = SubmittedView {
        action_id,
        status,
        next,
        controller_policy_url: &campaign.controller_policy_url,
        confirm_url,
    };
    let reply = once.write(&app.submissions, entry, Reply::accepted(view)).await?;
    app.kit.relay.wake();
    Ok(reply)
}

impl From<Action> for ActionView {
    fn from(action: Action) -> Self {
        Self {
            id: action.id,
            state: action.shown_state(),
            constituency: action.lookup.constituency().map(|it| it.gss_code.clone()),
            taken_at: action.taken_at,
            confirmed_at: action.confirmed_at,
            message_state: action.message_state,
        }
    }
}
