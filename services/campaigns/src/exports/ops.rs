//! Records a disclosure: before the first row is sent, and again with every batch.

use chrono::{DateTime, Utc};
use kit::db::Conn;
use uuid::Uuid;

use super::store::{self, Disclosure};
use crate::{campaigns, error::Error};

pub(super) async fn begin(conn: &mut Conn, disclosure: &Disclosure) -> Result<(), Error> {
    let campaign = campaigns::store::by_id(conn, disclosure.campaign_id).await?;
    campaign.ok_or(Error::NoSuchCampaign)?;
    Ok(store::insert(conn, disclosure).await?)
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
