//! Job leases: a row that says which replica may run a job, and until when. It is renewed while the job runs and deleted
//! at a clean shutdown.

use std::time::Duration;

use diesel::sql_types;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Db, DbError, prepared::Prepared};

/// How long a job pauses after its replica has crashed.
const LEASE: &str = "15 seconds";
/// Two renewals may fail before the lease expires.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// An unavailable database must not delay the shutdown.
const RELEASE_WAIT: Duration = Duration::from_secs(2);

/// One replica's view of a job's lease.
pub(crate) struct Lease {
    db: Db,
    name: &'static str,
    holder: Uuid,
}

impl Lease {
    pub(crate) fn new(db: Db, name: &'static str, holder: Uuid) -> Self {
        Self { db, name, holder }
    }

    /// Acquires or renews the lease. `false` means that another replica holds it.
    pub(crate) async fn acquire(&self) -> Result<bool, DbError> {
        let rows = self
            .execute(&format!(
                "INSERT INTO job_leases (name, holder, held_until) VALUES ($1, $2, now() + interval '{LEASE}')
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
                 WHERE job_leases.held_until < now() OR job_leases.holder = excluded.holder"
            ))
            .await?;
        Ok(rows == 1)
    }

    /// Renews the lease for as long as it is polled; returns when another replica holds it.
    pub(crate) async fn renew_until_lost(&self) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match self.acquire().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(job = self.name, %error, "failed to renew job lease"),
            }
        }
    }

    /// Deletes the lease, so that another replica need not wait until it expires.
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
                let query = diesel::sql_query(sql)
                    .bind::<sql_types::Text, _>(self.name)
                    .bind::<sql_types::Uuid, _>(self.holder);
                Ok(Prepared(query).execute(conn).await?)
            })
            .await
    }
}
