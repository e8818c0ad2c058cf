//! The life of a named area.

use chrono::{DateTime, Utc};
use kit::{db::Conn, http::conditional::IfMatch};
use serde_json::Value;
use uuid::Uuid;

use super::{
    domain::{Area, Change},
    store,
};
use crate::error::Error;

pub(super) async fn create(conn: &mut Conn, area: &Area<Value>) -> Result<(), Error> {
    Ok(store::insert(conn, area).await?)
}

pub(super) async fn update(
    conn: &mut Conn,
    id: Uuid,
    expected: &IfMatch,
    change: Change<Value>,
    now: DateTime<Utc>,
) -> Result<Area<Value>, Error> {
    let area = store::lock(conn, id).await?.ok_or(Error::NoSuchArea)?;
    expected.check(area.version)?;
    let area = area.amend(change, now);
    store::save(conn, &area).await?;
    Ok(area)
}

pub(super) async fn delete(conn: &mut Conn, id: Uuid) -> Result<(), Error> {
    match store::delete(conn, id).await? {
        0 => Err(Error::NoSuchArea),
        _ => Ok(()),
    }
}
