//! One run at a time: the others wait, and find nothing left to do.

use std::time::{Duration, Instant};

use anyhow::bail;
use diesel::{
    dsl::sql,
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl as _;

use crate::db::Conn;

/// Wait between two attempts.
const POLL: Duration = Duration::from_millis(200);
/// The longest wait for another run, which may build an index of a large table.
const LONGEST: Duration = Duration::from_hours(1);

/// Takes a lock of this database, which the connection holds until it is closed. It asks again and again instead of waiting
/// in a statement: that would have a snapshot, for whose end CREATE INDEX CONCURRENTLY of the other run would wait.
pub(super) async fn take(conn: &mut Conn, name: &str) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut is_logged = false;
    while !try_to_take(conn, name).await? {
        if !std::mem::replace(&mut is_logged, true) {
            tracing::info!("waiting for another migration");
        }
        if started.elapsed() > LONGEST {
            bail!("another run of `folkmoot migrate` has not ended for {LONGEST:?}");
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

async fn try_to_take(conn: &mut Conn, name: &str) -> Result<bool, diesel::result::Error> {
    sql::<Bool>("SELECT pg_try_advisory_lock(hashtextextended(")
        .bind::<Text, _>(name)
        .sql(", 0))")
        .get_result(conn)
        .await
}
