//! `/v1/confirmations/{link}`: GET shows, POST confirms. Two steps, since mail scanners follow links.

use actix_web::{
    HttpRequest,
    http::header::CONTENT_TYPE,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use kit::http::{
    extract::{Caller, Json},
    problem::Problem,
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{AnsweredConsent, ConfirmationContext},
    workflow,
};
use crate::{
    actions::domain::{MessageState, State},
    app::App,
    campaigns::domain::Kind,
    messages::domain::{Message, Target},
};

/// Body of POST.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    token: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct ConfirmationView {
    state: State,
    /// Made by a test key: neither counted nor sent.
    test: bool,
    /// Stands for what is shown here; none if nothing is left to confirm.
    token: Option<String>,
    campaign: CampaignView,
    supporter: SupporterView,
    /// None also if the representative has been imported again since: then nobody here knows what it was.
    message: Option<MessageView>,
    /// `waiting`: sent as soon as the constituency is known; `no_target`: counted, but there is no representative.
    message_state: Option<MessageState>,
    /// Of the action that counts, which is another one if this one is `repeated`.
    confirmed_at: Option<DateTime<Utc>>,
    consents: Vec<AnsweredConsent>,
    controller_policy_url: String,
    expires_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct CampaignView {
    id: Uuid,
    title: String,
    organisation: String,
    kind: Kind,
    language: String,
}

#[derive(Serialize)]
struct SupporterView {
    name: String,
    email: String,
}

#[derive(Serialize)]
struct MessageView {
    /// The representative's public name.
    to: String,
    subject: String,
    body: String,
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    link: Path<String>,
) -> Result<Reply<ConfirmationView>, Problem> {
    let (context, token) = workflow::show(&app, caller.tenant_id, &link).await?;
    Ok(Reply::ok(ConfirmationView { token, ..context.into() }).no_store())
}

pub(crate) async fn confirm(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    link: Path<String>,
    body: Result<Json<ConfirmRequest>, Problem>,
) -> Result<Reply<ConfirmationView>, Problem> {
    // A gateway of the release before sends no body. Only gateways get here, so a scanner cannot do the same.
    let is_before = !req.headers().contains_key(CONTENT_TYPE);
    let token = if is_before { None } else { Some(body?.value.token.unwrap_or_default()) };
    let context = workflow::confirm(&app, caller.tenant_id, &link, token.as_deref()).await?;
    Ok(Reply::ok(ConfirmationView::from(context)).no_store())
}

impl From<ConfirmationContext> for ConfirmationView {
    fn from(context: ConfirmationContext) -> Self {
        let (state, message_state) = (context.state(), context.message_state());
        let expires_at = context.expires_at();
        let message = context.message().map(MessageView::from);
        let (campaign, personal) = (context.campaign, context.supporter.personal);
        Self {
            state,
            test: context.action.test,
            token: None,
            campaign: CampaignView {
                id: campaign.id,
                title: campaign.title,
                organisation: context.organisation,
                kind: campaign.kind,
                language: campaign.language,
            },
            supporter: SupporterView { name: personal.name, email: personal.email },
            message,
            message_state,
            confirmed_at: context.counted.and_then(|counted| counted.confirmed_at),
            consents: context.consents,
            controller_policy_url: campaign.controller_policy_url,
            expires_at,
        }
    }
}

impl From<(&Target, &Message)> for MessageView {
    fn from((target, message): (&Target, &Message)) -> Self {
        Self {
            to: target.name.clone(),
            subject: message.subject.clone(),
            body: message.body.clone(),
        }
    }
}
