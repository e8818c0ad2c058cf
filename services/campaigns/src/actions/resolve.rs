//! Finds out where supporters live whose postcode could not be looked up when they acted. Used by the job.

use contracts::keyring::Purpose;
use kit::keyring::KeyringError;
use uuid::Uuid;

use super::{
    domain::{Action, Personal, Place, Settlement, State},
    ops::Resolution,
    place,
    seal::{self, COMPARTMENTS},
    store,
};
use crate::{
    app::App,
    campaigns,
    error::Error,
    messages::compose::{self, Composed},
};

/// What came of an attempt.
pub(crate) enum Attempted {
    /// To be recorded.
    Found(Box<Resolution>),
    /// Erased, restricted or settled meanwhile: nothing to do now.
    Nothing,
    /// Postcodes or keyring is away, for all actions alike.
    Away,
}

pub(crate) async fn attempt(app: &App, tenant_id: Uuid, id: Uuid) -> Result<Attempted, Error> {
    let Some(action) = pending(app, tenant_id, id).await? else { return Ok(Attempted::Nothing) };
    let Some(supporter) = &action.supporter else { return Ok(Attempted::Nothing) };
    let subject_id = supporter.subject_id;
    let keys = match seal::keys(app, Purpose::Deliver, &COMPARTMENTS, tenant_id, subject_id).await {
        Err(KeyringError::Unavailable(error)) => {
            tracing::debug!(error, "keyring unavailable");
            return Ok(Attempted::Away);
        }
        answered => answered?,
    };
    let opened = seal::open(&keys, id, &supporter.personal).map_err(anyhow::Error::from)?;
    let Some(personal) = opened else { return Ok(Attempted::Nothing) };
    let compact: String = personal.postcode.split(' ').collect();
    let place = match place::look_up(app, &compact).await {
        Ok(place) => place.unwrap_or_default(),
        Err(error) => {
            tracing::debug!(%error, "postcodes still unavailable");
            return Ok(Attempted::Away);
        }
    };
    let composed = match action.state {
        State::Confirmed => message(app, &action, &personal, &place).await?,
        State::Submitted | State::Repeated | State::Anonymised => None,
    };
    let outgoing = match &composed {
        Some(composed) => {
            composed.outgoing(app, &keys, &action, supporter.subject_id, &personal)?
        }
        None => None,
    };
    let settlement = Settlement {
        action_id: id,
        read_state: action.state,
        place,
        message_id: outgoing.as_ref().map(|outgoing| outgoing.event.message_id),
        message_state: composed.as_ref().map(Composed::state),
    };
    Ok(Attempted::Found(Box::new(Resolution { settlement, outgoing })))
}

async fn pending(app: &App, tenant_id: Uuid, id: Uuid) -> Result<Option<Action>, Error> {
    app.db
        .tx("actions.read_pending", tenant_id, async |conn| {
            Ok(store::by_id(conn, id).await?.filter(|action| action.place.pending))
        })
        .await
}

async fn message(
    app: &App,
    action: &Action,
    personal: &Personal,
    place: &Place,
) -> Result<Option<Composed>, Error> {
    app.db
        .tx("actions.read_target", action.tenant_id, async |conn| {
            let campaign = campaigns::store::by_id(conn, action.campaign_id).await?;
            let campaign = campaign.ok_or(Error::NoSuchCampaign)?;
            let target = compose::target(conn, place).await?;
            compose::compose(&campaign, place, personal, target)
        })
        .await
}
