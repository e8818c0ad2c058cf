//! What a link stands for, read and opened: rows first, then keys, then the message.

use chrono::{DateTime, Utc};
use contracts::keyring::Purpose;
use kit::keyring::Keys;
use uuid::Uuid;

use crate::{
    actions::{
        self,
        domain::{Action, Personal, State},
        link,
        seal::{self, COMPARTMENTS},
    },
    app::App,
    campaigns::{self, domain::Campaign},
    error::Error,
    messages::compose::{self, Composed},
    representatives::domain::Representative,
    tenants,
};

/// All that the page shows.
pub(super) struct Opened {
    pub(super) action: Action,
    pub(super) campaign: Campaign,
    pub(super) organisation: String,
    /// Wording and answer.
    pub(super) consents: Vec<(String, bool)>,
    pub(super) subject_id: Uuid,
    pub(super) keys: Keys,
    pub(super) personal: Personal,
    /// None for a campaign that writes to nobody.
    pub(super) message: Option<Composed>,
}

struct Rows {
    action: Action,
    campaign: Campaign,
    organisation: String,
    answers: Vec<(Uuid, String, bool, i32)>,
    target: Option<Representative>,
}

/// An unknown link, one whose person is forgotten, and one too old lead nowhere.
pub(super) async fn by_link(app: &App, tenant_id: Uuid, link: &str) -> Result<Opened, Error> {
    let rows = rows(app, tenant_id, link).await?;
    if is_expired(&rows.action, app.kit.clock.now()) {
        return Err(Error::LinkExpired);
    }
    let supporter = rows.action.supporter.as_ref().ok_or(Error::LinkUnknown)?;
    let subject_id = supporter.subject_id;
    let keys = seal::keys(app, Purpose::Confirm, &COMPARTMENTS, tenant_id, subject_id).await?;
    let personal = seal::open(&keys, rows.action.id, &supporter.personal)
        .map_err(anyhow::Error::from)?
        .ok_or(Error::LinkUnknown)?;
    let message = compose::compose(&rows.campaign, &rows.action.place, &personal, rows.target)?;
    let consents = rows.answers.into_iter().filter_map(|(_, id, given, _)| {
        let asked = rows.campaign.consents.iter().find(|consent| consent.id == id)?;
        Some((asked.wording.clone(), given))
    });
    Ok(Opened {
        consents: consents.collect(),
        action: rows.action,
        campaign: rows.campaign,
        organisation: rows.organisation,
        subject_id,
        keys,
        personal,
        message,
    })
}

async fn rows(app: &App, tenant_id: Uuid, link: &str) -> Result<Rows, Error> {
    let hash = link::hash(link).ok_or(Error::LinkUnknown)?;
    app.db
        .tx("confirmations.read", tenant_id, async |conn| {
            let action = actions::store::by_link(conn, &hash).await?.ok_or(Error::LinkUnknown)?;
            let campaign = campaigns::store::by_id(conn, action.campaign_id).await?;
            let campaign = campaign.ok_or(Error::LinkUnknown)?;
            let organisation = tenants::store::name(conn, tenant_id).await?.unwrap_or_default();
            let answers = actions::store::answers(conn, &[action.id]).await?;
            let target = compose::target(conn, &action.place).await?;
            Ok(Rows { action, campaign, organisation, answers, target })
        })
        .await
}

fn is_expired(action: &Action, now: DateTime<Utc>) -> bool {
    action.state == State::Anonymised || action.expires_at <= now
}
