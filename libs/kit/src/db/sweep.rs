//! Keeps the kit's own tables small: inbox rows older than any topic's retention, idempotency keys older than a day, parked
//! events nobody mended within a month.

use std::time::Duration;

use diesel_async::SimpleAsyncConnection as _;
use tokio_util::sync::CancellationToken;

use crate::db::{Db, DbError};

const EVERY: Duration = Duration::from_hours(1);

pub(crate) async fn run(db: Db, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let swept = db
            .system_tx("kit.sweep", async |conn| -> Result<(), DbError> {
                // Records are deleted within 7 days; a replay of dead letters may come a week later.
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
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}
