//! Records a disclosure: before the first row is sent, and again with every batch.

use chrono::{DateTime, Utc};
use kit::db::Conn;
use uuid::Uuid;

use super::store::{self, Disclosure};
use crate::{campaigns, error::Error};

/// Records a download, or finds the record of the one that goes on; returns its id.
pub(super) async fn begin(
    conn: &mut Conn,
    disclosure: Disclosure,
    goes_on: Option<Uuid>,
) -> Result<Uuid, Error> {
    check_campaign(conn, disclosure.campaign_id).await?;
    if let Some(id) = goes_on {
        let is_known = store::exists(conn, id, &disclosure).await?;
        return if is_known { Ok(id) } else { Err(Error::NoSuchExport) };
    }
    store::insert(conn, &disclosure).await?;
    Ok(disclosure.id)
}

pub(super) async fn check_campaign(conn: &mut Conn, campaign_id: Uuid) -> Result<(), Error> {
    campaigns::store::by_id(conn, campaign_id).await?.map(drop).ok_or(Error::NoSuchCampaign)
}

pub(super) async fn record_rows(
    conn: &mut Conn,
    disclosure_id: Uuid,
    rows: usize,
    finished_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    store::add_rows(conn, disclosure_id, rows, finished_at).await?;
    Ok(())
}
