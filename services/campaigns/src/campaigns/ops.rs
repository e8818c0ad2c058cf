//! The life of a campaign.

use chrono::{DateTime, Utc};
use contracts::values::InvalidValue;
use kit::{
    db::{Conn, DbError},
    events::outbox,
    http::{conditional::IfMatch, fields::Fields},
};
use uuid::Uuid;

use super::{
    domain::{Campaign, Change, Kind, Refusal},
    events, store,
};
use crate::{error::Error, messages::template};

/// When a command runs and the id of the event it may push.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    pub(super) event_id: Uuid,
    pub(super) now: DateTime<Utc>,
}

pub(super) async fn create(conn: &mut Conn, campaign: &Campaign) -> Result<(), Error> {
    Ok(store::insert(conn, campaign).await?)
}

pub(super) async fn update(
    conn: &mut Conn,
    id: Uuid,
    expected: &IfMatch,
    change: Change,
) -> Result<Campaign, Error> {
    let campaign = store::lock(conn, id).await?.ok_or(Error::NoSuchCampaign)?;
    expected.check(campaign.version)?;
    let campaign = campaign.amend(change)?;
    store::save(conn, &campaign).await?;
    Ok(campaign)
}

pub(super) async fn publish(conn: &mut Conn, id: Uuid, stamp: Stamp) -> Result<Campaign, Error> {
    let campaign = store::lock(conn, id).await?.ok_or(Error::NoSuchCampaign)?;
    let campaign = campaign.publish(stamp.now)?;
    check_message(&campaign)?;
    store::save(conn, &campaign).await?;
    outbox::push(conn, stamp.event_id, campaign.tenant_id, &events::published(&campaign)).await?;
    Ok(campaign)
}

/// Takes no more actions; confirmations count until the end of the grace.
pub(super) async fn close(conn: &mut Conn, id: Uuid, stamp: Stamp) -> Result<Campaign, Error> {
    let campaign = store::lock(conn, id).await?.ok_or(Error::NoSuchCampaign)?;
    let campaign = campaign.close(stamp.now)?;
    store::save(conn, &campaign).await?;
    Ok(campaign)
}

/// Waits for confirmations under way, and announces that none follows.
pub(super) async fn end_grace(conn: &mut Conn, id: Uuid, stamp: Stamp) -> Result<(), DbError> {
    let Some(campaign) = store::lock(conn, id).await? else { return Ok(()) };
    let Some(campaign) = campaign.end_grace(stamp.now) else { return Ok(()) };
    store::save(conn, &campaign).await?;
    outbox::push(conn, stamp.event_id, campaign.tenant_id, &events::closed(&campaign)).await
}

/// A campaign that writes to representatives needs a message. Its template was checked when it was stored, perhaps by older
/// rules.
fn check_message(campaign: &Campaign) -> Result<(), Error> {
    let mut fields = Fields::default();
    match (&campaign.message, campaign.kind) {
        (Some(message), _) => {
            fields.optional(
                "/message/subject",
                Some(message.subject.as_str()),
                template::check_line,
            );
            fields.optional("/message/body", Some(message.body.as_str()), template::check);
        }
        (None, Kind::MessageToRepresentative) => {
            fields.add("/message", InvalidValue::REQUIRED);
        }
        (None, Kind::Petition) => {}
    }
    Ok(fields.finish(Some(()))?)
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotDraft => Self::NotDraft,
            Refusal::NotLive => Self::NotLive,
        }
    }
}
