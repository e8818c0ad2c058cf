//! The age of the current key-encryption key as a metric.

use chrono::{DateTime, Utc};
use kit::{
    db::{Db, DbError},
    telemetry,
};

use super::store;

/// Records the use of a version, which a process uses from its start to its end, and reports since when it is used.
pub(crate) async fn report(db: &Db, version: i32, now: DateTime<Utc>) -> Result<(), DbError> {
    let since = db
        .system_tx("keks.report", async |conn| -> Result<_, DbError> {
            store::insert(conn, version, now).await?;
            store::first_use(conn, version).await
        })
        .await?;
    metrics::gauge!("folkmoot_keyring_kek_first_used_timestamp_seconds")
        .set(telemetry::number(since.timestamp()));
    Ok(())
}
