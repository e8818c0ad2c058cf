//! `/v1/confirmations/{link}`: GET shows, POST confirms. Two steps, since mail scanners follow links.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kit::http::{extract::Caller, problem::Problem, reply::Reply};
use serde::Serialize;
use uuid::Uuid;

use super::{
    domain::{AnsweredConsent, ConfirmationContext},
    workflow,
};
use crate::{
    actions::domain::{MessageState, State},
    app::App,
    campaigns::domain::Kind,
    messages::composition::Composition,
};

#[derive(Serialize)]
pub(crate) struct ConfirmationView {
    state: State,
    campaign: CampaignView,
    supporter: SupporterView,
    message: Option<MessageView>,
    /// `waiting`: sent as soon as the constituency is known; `no_target`: counted, but there is no representative.
    message_state: Option<MessageState>,
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
    let context = workflow::load(&app, caller.tenant_id, &link).await?;
    Ok(Reply::ok(ConfirmationView::from(context)).no_store())
}

pub(crate) async fn confirm(
    app: Data<App>,
    caller: Caller,
    link: Path<String>,
) -> Result<Reply<ConfirmationView>, Problem> {
    let context = workflow::confirm(&app, caller.tenant_id, &link).await?;
    Ok(Reply::ok(ConfirmationView::from(context)).no_store())
}

impl From<ConfirmationContext> for ConfirmationView {
    fn from(context: ConfirmationContext) -> Self {
        let message_state = context.message_state().map(MessageState::for_supporter);
        let message = match context.composition {
            Some(Composition::Ready { target, message }) => {
                Some(MessageView { to: target.name, subject: message.subject, body: message.body })
            }
            _ => None,
        };
        let (campaign, personal) = (context.campaign, context.supporter.personal);
        Self {
            state: context.action.state.for_supporter(),
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
            consents: context.consents,
            controller_policy_url: campaign.controller_policy_url,
            expires_at: context.action.expires_at,
        }
    }
}
