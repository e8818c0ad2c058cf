//! The life of a campaign.

use chrono::{DateTime, Utc};
use kit::{db::Conn, http::conditional::IfMatch, outbox};
use uuid::Uuid;

use super::{
    domain::{Campaign, Change, Kind, Refusal},
    events, store,
};
use crate::{error::Error, faults::Faults, messages::template, values::Fault, version};

/// When a command runs and the id of the event it may push.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    pub(super) event_id: Uuid,
    pub(super) now: DateTime<Utc>,
}

pub(super) async fn create(conn: &mut Conn, campaign: &Campaign) -> Result<(), Error> {
    Ok(store::insert(conn, campaign).await?)
}

pub(super) async fn amend(
    conn: &mut Conn,
    id: Uuid,
    expected: &IfMatch,
    change: Change,
) -> Result<Campaign, Error> {
    let campaign = store::lock(conn, id).await?.ok_or(Error::NoSuchCampaign)?;
    version::check(expected, campaign.version)?;
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

pub(super) async fn close(conn: &mut Conn, id: Uuid, stamp: Stamp) -> Result<Campaign, Error> {
    let campaign = store::lock(conn, id).await?.ok_or(Error::NoSuchCampaign)?;
    let campaign = campaign.close(stamp.now)?;
    store::save(conn, &campaign).await?;
    outbox::push(conn, stamp.event_id, campaign.tenant_id, &events::closed(&campaign)).await?;
    Ok(campaign)
}

/// A campaign that writes to representatives needs a message. Its template was checked when it was stored, but perhaps by
/// older rules.
fn check_message(campaign: &Campaign) -> Result<(), Error> {
    let mut faults = Faults::default();
    match (&campaign.message, campaign.kind) {
        (Some(message), _) => {
            faults.optional(
                "/message/subject",
                Some(message.subject.as_str()),
                template::check_line,
            );
            faults.optional("/message/body", Some(message.body.as_str()), template::check);
        }
        (None, Kind::MessageToRepresentative) => {
            faults.add("/message", Fault { code: "required", detail: "is required" });
        }
        (None, Kind::Petition) => {}
    }
    Ok(faults.or(Some(()))?)
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotDraft => Self::NotDraft,
            Refusal::NotLive => Self::NotLive,
        }
    }
}
