//! Loads what a link stands for (rows, then keys, then the message), and confirms it.

use contracts::keyring::Purpose;
use kit::{
    db::{Conn, DbError},
    http::problem::Problem,
};
use uuid::Uuid;

use super::{
    domain::{ConfirmationContext, answered_consents},
    ops, token,
};
use crate::{
    actions::{
        self,
        domain::{Action, State},
        link,
        workflow::{COMPARTMENTS, open},
    },
    app::App,
    campaigns,
    error::Error,
    messages::{composition, events},
    representatives::{self, domain::Representative},
    tenants,
};

/// What the page of a link shows, and the token that stands for it.
pub(super) async fn show(
    app: &App,
    tenant_id: Uuid,
    link: &str,
) -> Result<(ConfirmationContext, Option<String>), Error> {
    let context = load(app, tenant_id, link).await?;
    let token = token::seal(&context, app.kit.clock.now())?;
    Ok((context, token))
}

/// Attempts to confirm a row that others keep changing.
const MAX_ATTEMPTS: usize = 3;

/// Confirms the action unless it is confirmed already. Its row may change between reading and confirming, as a job resolves
/// its constituency; then it is read again. None in place of the token is a gateway of the release before.
pub(super) async fn confirm(
    app: &App,
    tenant_id: Uuid,
    link: &str,
    token: Option<&str>,
) -> Result<ConfirmationContext, Error> {
    for _attempt in 0..MAX_ATTEMPTS {
        let context = load(app, tenant_id, link).await?;
        if context.state() != State::Submitted {
            return Ok(context);
        }
        if let Some(token) = token {
            token::check(&context, token, app.kit.clock.now(), app.config.confirm_pause)?;
        }
        if confirm_once(app, &context).await? {
            return load(app, tenant_id, link).await;
        }
    }
    Err(Problem::unavailable("The confirmation").into())
}

/// Refuses links that are unknown or expired, those of erased persons, and those that a closed campaign no longer counts.
async fn load(app: &App, tenant_id: Uuid, link: &str) -> Result<ConfirmationContext, Error> {
    let hash = link::hash(link).ok_or(Error::LinkUnknown)?;
    let (action, campaign, organisation, answers, counted, representative) = app
        .db
        .tx("confirmations.read", tenant_id, async |conn| -> Result<_, Error> {
            let action = actions::store::by_link(conn, &hash).await?.ok_or(Error::LinkUnknown)?;
            let campaign = campaigns::store::by_id(conn, action.campaign_id).await?;
            let campaign = campaign.ok_or(Error::LinkUnknown)?;
            let organisation = tenants::store::name(conn, tenant_id).await?.unwrap_or_default();
            let answers = actions::store::answers::by_actions(conn, &[action.id]).await?;
            // What else the person did has nothing to do with a test.
            let supporter = action.supporter.as_ref().filter(|_| !action.test);
            let subject_id = supporter.map(|it| it.subject_id);
            let counted = actions::store::counted(conn, action.campaign_id, subject_id).await?;
            let representative = representative(conn, &action).await?;
            Ok((action, campaign, organisation, answers, counted, representative))
        })
        .await?;
    let now = app.kit.clock.now();
    if action.is_link_expired(now) {
        return Err(Error::LinkExpired);
    }
    if action.state == State::Submitted && counted.is_none() && !campaign.confirms(now) {
        return Err(Error::CampaignClosed);
    }
    let supporter = open(app, Purpose::Confirm, &COMPARTMENTS, &action).await?;
    let supporter = supporter.ok_or(Error::LinkUnknown)?;
    let personal = &supporter.personal;
    let composition = composition::compose(&campaign, &action.lookup, personal, representative)?;
    let answers = answers.get(&action.id).map_or(&[][..], Vec::as_slice);
    let consents = answered_consents(&campaign.consents, answers);
    Ok(ConfirmationContext {
        action,
        campaign,
        organisation,
        consents,
        supporter,
        counted,
        composition,
    })
}

/// Whom the message goes to; if it is composed already, whom it went to, as far as the register still says so.
async fn representative(
    conn: &mut Conn,
    action: &Action,
) -> Result<Option<Representative>, DbError> {
    let constituency = action.lookup.constituency();
    match action.confirmed_at {
        Some(at) => representatives::store::unchanged_since(conn, constituency, at).await,
        None => representatives::store::by_constituency(conn, constituency).await,
    }
}

/// False if the row changed since it was read.
async fn confirm_once(app: &App, context: &ConfirmationContext) -> Result<bool, Error> {
    let ConfirmationContext { action, supporter, composition, .. } = context;
    if action.test {
        return repeat(app, action).await;
    }
    let (ids, now) = (app.kit.ids, app.kit.clock.now());
    let outgoing = events::outgoing(ids, action, supporter, composition.as_ref())?;
    let confirmed = app
        .db
        .tx("confirmations.confirm", action.tenant_id, async |conn| {
            ops::confirm(conn, context, outgoing.as_ref(), ids.next(), now).await
        })
        .await;
    if matches!(confirmed, Err(Error::Repeated)) {
        return repeat(app, action).await;
    }
    app.kit.relay.wake();
    confirmed
}

async fn repeat(app: &App, action: &Action) -> Result<bool, Error> {
    app.db
        .tx("confirmations.repeat", action.tenant_id, async |conn| {
            ops::repeat(conn, action.id).await
        })
        .await?;
    Ok(true)
}
