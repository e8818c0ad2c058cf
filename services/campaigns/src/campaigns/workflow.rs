//! Ends the day in which closed campaigns still count confirmations.

use super::{
    ops::{self, Stamp},
    store,
};
use crate::app::App;

/// Campaigns read at once.
const PAGE: i64 = 100;

pub(crate) async fn end_graces(app: &App) -> anyhow::Result<()> {
    loop {
        let now = app.kit.clock.now();
        let list = app
            .db
            .system_tx("campaigns.past_grace", async |conn| {
                store::past_grace(conn, now, PAGE).await
            })
            .await?;
        if list.is_empty() {
            return Ok(());
        }
        for (tenant_id, id) in list {
            let stamp = Stamp { event_id: app.kit.ids.next(), now };
            app.db
                .tx("campaigns.end_grace", tenant_id, async |conn| {
                    ops::end_grace(conn, id, stamp).await
                })
                .await?;
        }
        app.kit.relay.wake();
    }
}
