//! The life of a named area.

use chrono::{DateTime, Utc};
use kit::db::Conn;
use uuid::Uuid;

use super::{
    domain::{Area, Change},
    store,
};
use crate::error::Error;

pub(super) async fn amend(
    conn: &mut Conn,
    id: Uuid,
    read_version: i32,
    change: Change,
    now: DateTime<Utc>,
) -> Result<Area, Error> {
    let area = store::lock(conn, id).await?.ok_or(Error::NoSuchArea)?;
    let area = area.amend(read_version, change, now).map_err(|_stale| Error::StaleVersion)?;
    store::save(conn, &area).await?;
    Ok(area)
}

pub(super) async fn remove(conn: &mut Conn, id: Uuid) -> Result<(), Error> {
    match store::delete(conn, id).await? {
        0 => Err(Error::NoSuchArea),
        _ => Ok(()),
    }
}
