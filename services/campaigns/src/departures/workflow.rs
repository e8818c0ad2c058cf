//! Reports to the keyring who has left.

use contracts::keyring::{MAX_BATCH, SubjectRef};

use super::{domain::Departure, ops, store};
use crate::app::App;

/// Runs the job. The keyring ends a person at their second report, if they were not resolved meanwhile.
pub(crate) async fn run(app: &App) -> anyhow::Result<()> {
    loop {
        let now = app.kit.clock.now();
        let limit = i64::try_from(MAX_BATCH)?;
        let people = app
            .db
            .system_tx("departures.take", async |conn| ops::take(conn, limit, now).await)
            .await?;
        if people.is_empty() {
            return Ok(());
        }
        let refs = people
            .iter()
            .map(|&Departure { tenant_id, subject_id }| SubjectRef { tenant_id, subject_id });
        let leaving = app.keyring.leave(refs.collect()).await?;
        let mut ids = Vec::new();
        for Departure { tenant_id, subject_id } in people {
            if !leaving.contains(&subject_id) {
                app.keyring.evict(tenant_id, subject_id);
                ids.push(subject_id);
            }
        }
        app.db.system_tx("departures.end", async |conn| store::delete(conn, &ids).await).await?;
    }
}
