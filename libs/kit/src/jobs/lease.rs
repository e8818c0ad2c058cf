//! Leases: a row says which replica runs a job, until when. Renewed while it runs, given back at a clean stop.

use std::time::Duration;

use diesel::sql_types;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Db, DbError};

/// After a crash the job rests this long.
const LEASE: &str = "15 seconds";
/// Two renewals may fail before the lease is over.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// A database that is away must not hold up the stop.
const RELEASE_WAIT: Duration = Duration::from_secs(2);

/// One job's lease, as one replica sees it.
pub(crate) struct Lease {
    db: Db,
    name: &'static str,
    holder: Uuid,
}

impl Lease {
    pub(crate) fn new(db: Db, name: &'static str, holder: Uuid) -> Self {
        Self { db, name, holder }
    }

    /// Takes or renews it; `false`: another replica holds it.
    pub(crate) async fn take(&self) -> Result<bool, DbError> {
        let rows = self
            .execute(&format!(
                "INSERT INTO job_leases (name, holder, held_until) VALUES ($1, $2, now() + interval '{LEASE}')
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
                 WHERE job_leases.held_until < now() OR job_leases.holder = excluded.holder"
            ))
            .await?;
        Ok(rows == 1)
    }

    /// Renews it for as long as it is polled; ends when another replica has it.
    pub(crate) async fn lost(&self) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match self.take().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(job = self.name, %error, "failed to renew job lease"),
            }
        }
    }

    /// Gives it back, so that another replica need not wait for its end.
    pub(crate) async fn release(&self) {
        let sql = "DELETE FROM job_leases WHERE name = $1 AND holder = $2";
        match tokio::time::timeout(RELEASE_WAIT, self.execute(sql)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(job = self.name, %error, "failed to release job lease");
            }
            Err(_) => tracing::warn!(job = self.name, "timed out releasing job lease"),
        }
    }

    async fn execute(&self, sql: &str) -> Result<usize, DbError> {
        self.db
            .system_tx("kit.lease", async |conn| {
                Ok(diesel::sql_query(sql)
                    .bind::<sql_types::Text, _>(self.name)
                    .bind::<sql_types::Uuid, _>(self.holder)
                    .execute(conn)
                    .await?)
            })
            .await
    }
}
