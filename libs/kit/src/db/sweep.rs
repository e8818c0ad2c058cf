//! Deletes old rows from the kit's own tables: inbox rows that Kafka cannot deliver again, idempotency keys older than a
//! day, and parked events older than a month.

use std::time::Duration;

use diesel_async::SimpleAsyncConnection as _;
use tokio_util::sync::CancellationToken;

use crate::db::{Db, DbError};

const INTERVAL: Duration = Duration::from_hours(1);

pub(crate) async fn run(db: Db, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let swept = db
            .system_tx("kit.sweep", async |conn| -> Result<(), DbError> {
                // Kafka deletes records within 7 days, and dead letters may be replayed up to 7 days later.
                conn.batch_execute(
                    "DELETE FROM inbox WHERE handled_at < now() - interval '15 days';
                     DELETE FROM idempotency WHERE created_at < now() - interval '24 hours';
                     DELETE FROM outbox_parked WHERE parked_at < now() - interval '30 days'",
                )
                .await?;
                Ok(())
            })
            .await;
        if let Err(error) = swept {
            tracing::warn!(%error, "sweep failed; will retry");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}
