//! Looks up the constituencies of actions that were submitted while the postcodes service was unavailable.

use contracts::keyring::Purpose;
use kit::keyring::KeyringError;
use uuid::Uuid;

use super::COMPARTMENTS;
use crate::{
    actions::{
        domain::{Action, Personal, Settlement, State},
        ops, store,
    },
    app::App,
    campaigns,
    constituencies::{
        client,
        domain::ConstituencyLookup::{self, NotFound, Pending},
    },
    error::Error,
    messages::{
        composition::{self, Composition},
        events,
    },
    representatives,
};

/// Pending actions read at once.
const PAGE: i64 = 100;

/// Stops when the postcodes service or the keyring is unavailable, as it is for all actions alike.
pub(crate) async fn run(app: &App) -> anyhow::Result<()> {
    let mut after = Uuid::nil();
    loop {
        let page = app
            .db
            .system_tx("actions.pending", async |conn| store::pending(conn, after, PAGE).await)
            .await?;
        let Some((_, last)) = page.last() else { return Ok(()) };
        after = *last;
        for (tenant_id, id) in page {
            match resolve(app, tenant_id, id).await {
                Ok(()) => {}
                Err(
                    error @ (Error::PostcodesUnavailable
                    | Error::Keyring(KeyringError::Unavailable(_))),
                ) => {
                    tracing::debug!(%error, "stopped resolving constituencies");
                    return Ok(());
                }
                Err(error) => skip(id, error),
            }
        }
    }
}

/// An action that cannot be resolved must not keep the others waiting; the next run tries it again.
fn skip(action_id: Uuid, error: Error) {
    let error = anyhow::Error::from(error);
    tracing::error!(action = %action_id, error = format!("{error:#}"), "failed to resolve an action's constituency; will retry");
    metrics::counter!("folkmoot_actions_unresolved_total").increment(1);
}

/// Does nothing if the action was erased, restricted or settled since it was listed.
async fn resolve(app: &App, tenant_id: Uuid, id: Uuid) -> Result<(), Error> {
    let pending = app
        .db
        .tx("actions.read_pending", tenant_id, async |conn| -> Result<_, Error> {
            Ok(store::by_id(conn, id).await?.filter(|action| action.lookup == Pending))
        })
        .await?;
    let Some(action) = pending else { return Ok(()) };
    let opened = super::open(app, Purpose::Deliver, &COMPARTMENTS, &action).await?;
    let Some(supporter) = opened else { return Ok(()) };
    let lookup = look_up(app, &supporter.personal).await?;
    let composition = match action.state {
        State::Confirmed => compose(app, &action, &supporter.personal, &lookup).await?,
        State::Submitted | State::Repeated | State::Anonymised => None,
    };
    let outgoing = events::outgoing(app.kit.ids, &action, &supporter, composition.as_ref())?;
    let settlement = Settlement {
        action_id: id,
        campaign_id: action.campaign_id,
        read_state: action.state,
        lookup,
        message_id: outgoing.as_ref().map(|outgoing| outgoing.event.message_id),
        message_state: composition.as_ref().map(Composition::state),
    };
    app.db
        .tx("actions.settle_place", tenant_id, async |conn| {
            ops::settle_lookup(conn, tenant_id, &settlement, outgoing).await
        })
        .await?;
    app.kit.relay.wake();
    Ok(())
}

async fn look_up(app: &App, personal: &Personal) -> Result<ConstituencyLookup, Error> {
    match client::look_up(&app.postcodes, &personal.postcode).await {
        Ok(lookup) => Ok(lookup.unwrap_or(NotFound)),
        Err(error) => {
            tracing::debug!(%error, "postcodes unavailable");
            Err(Error::PostcodesUnavailable)
        }
    }
}

async fn compose(
    app: &App,
    action: &Action,
    personal: &Personal,
    lookup: &ConstituencyLookup,
) -> Result<Option<Composition>, Error> {
    app.db
        .tx("actions.read_target", action.tenant_id, async |conn| {
            let campaign = campaigns::store::by_id(conn, action.campaign_id).await?;
            let campaign = campaign.ok_or(Error::NoSuchCampaign)?;
            let constituency = lookup.constituency();
            let target = representatives::store::by_constituency(conn, constituency).await?;
            Ok(composition::compose(&campaign, lookup, personal, target)?)
        })
        .await
}
