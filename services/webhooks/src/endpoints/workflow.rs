//! Moves the endpoints' secrets to the current key, a page in each transaction.

use uuid::Uuid;

use super::ops;
use crate::app::App;

/// Rewraps every secret that another key wraps, so that the other key may go. As long as there is another one, each run is
/// logged: a run after the last replica got the current key is the one that an operator waits for.
pub(crate) async fn rewrap(app: &App) -> anyhow::Result<()> {
    let key = &app.config.secret_key;
    let (mut after, mut count) = (key.has_others().then(Uuid::nil), 0);
    while let Some(last) = after {
        let rewrapped = app
            .db
            .system_tx("endpoints.rewrap", async |conn| ops::rewrap(conn, key, last).await)
            .await?;
        after = rewrapped.last;
        count += rewrapped.count;
    }
    if key.has_others() {
        tracing::info!(endpoints = count, "webhook secrets rewrapped");
    }
    Ok(())
}
