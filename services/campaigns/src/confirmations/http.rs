//! `/v1/confirmations/{link}`: GET shows, POST confirms. Two steps, since mail scanners follow links.

use actix_web::{
    HttpResponse, Responder,
    http::header,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use kit::http::{extract::Caller, problem::Problem};
use serde::Serialize;
use uuid::Uuid;

use super::{
    opened::{self, Opened},
    ops::{self, Prepared},
};
use crate::{
    actions::domain::{MessageState, State},
    app::App,
    campaigns::domain::{self, Kind},
    error::Error,
    messages::compose::Composed,
};

/// Looks at a row that others keep changing before giving up.
const MAX_LOOKS: usize = 3;

#[derive(Serialize)]
struct ConfirmationView {
    state: &'static str,
    campaign: CampaignView,
    supporter: SupporterView,
    message: Option<MessageView>,
    /// `waiting`: sent as soon as the constituency is known; `no_target`: counted, but nobody to write to.
    message_state: Option<&'static str>,
    consents: Vec<ConsentView>,
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

#[derive(Serialize)]
struct ConsentView {
    wording: String,
    given: bool,
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    link: Path<String>,
) -> Result<impl Responder, Problem> {
    let opened = opened::by_link(&app, caller.tenant_id, &link).await?;
    Ok(shown(opened))
}

pub(crate) async fn confirm(
    app: Data<App>,
    caller: Caller,
    link: Path<String>,
) -> Result<impl Responder, Problem> {
    for _look in 0..MAX_LOOKS {
        let opened = opened::by_link(&app, caller.tenant_id, &link).await?;
        if opened.action.state != State::Submitted || confirm_once(&app, &opened).await? {
            let opened = opened::by_link(&app, caller.tenant_id, &link).await?;
            return Ok(shown(opened));
        }
    }
    Err(Problem::unavailable("The confirmation"))
}

async fn confirm_once(app: &App, opened: &Opened) -> Result<bool, Error> {
    if opened.campaign.state != domain::State::Live {
        return Err(Error::CampaignClosed);
    }
    let Opened { action, keys, subject_id, personal, .. } = opened;
    let outgoing = match &opened.message {
        Some(message) => message.outgoing(app, keys, action, *subject_id, personal)?,
        None => None,
    };
    let (event_id, now) = (app.kit.ids.next(), app.kit.clock.now());
    let prepared = Prepared { event_id, now, outgoing };
    let confirmed = app
        .db
        .tx("confirmations.confirm", action.tenant_id, async |conn| {
            ops::confirm(conn, opened, &prepared).await
        })
        .await;
    if matches!(confirmed, Err(Error::Repeated)) {
        app.db
            .tx("confirmations.repeat", action.tenant_id, async |conn| {
                ops::repeat(conn, action.id).await
            })
            .await?;
        return Ok(true);
    }
    app.kit.wake.wake();
    confirmed
}

fn shown(opened: Opened) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ConfirmationView::from(opened))
}

impl From<Opened> for ConfirmationView {
    fn from(opened: Opened) -> Self {
        let message_state = shown_state(&opened);
        let message = match opened.message {
            Some(Composed::Ready { target, message }) => {
                Some(MessageView { to: target.name, subject: message.subject, body: message.body })
            }
            _ => None,
        };
        let consents = opened.consents.into_iter();
        Self {
            state: if opened.action.state == State::Submitted { "submitted" } else { "confirmed" },
            campaign: CampaignView {
                id: opened.campaign.id,
                title: opened.campaign.title,
                organisation: opened.organisation,
                kind: opened.campaign.kind,
                language: opened.campaign.language,
            },
            supporter: SupporterView { name: opened.personal.name, email: opened.personal.email },
            message,
            message_state,
            consents: consents.map(|(wording, given)| ConsentView { wording, given }).collect(),
            controller_policy_url: opened.campaign.controller_policy_url,
            expires_at: opened.action.expires_at,
        }
    }
}

/// Coarse on purpose: a repetition, whose message goes nowhere, must read like a first confirmation.
fn shown_state(opened: &Opened) -> Option<&'static str> {
    let told = match ops::message_state(opened)? {
        MessageState::Waiting => "waiting",
        MessageState::NoTarget => "no_target",
        _ => "composed",
    };
    Some(told)
}
