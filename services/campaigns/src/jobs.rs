//! Periodic work.

use std::time::Duration;

use kit::{db::DbError, jobs::Jobs};
use uuid::Uuid;

use crate::{
    actions::{
        ops,
        resolve::{self, Attempted},
        store,
    },
    app::App,
};

/// A supporter's message waits for its constituency no longer than this after postcodes is back.
const RESOLVE_EVERY: Duration = Duration::from_secs(15);
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// Pending actions read at once.
const PAGE: i64 = 100;

pub(crate) fn all() -> Jobs<App> {
    Jobs::new().every(RESOLVE_EVERY, "actions.resolve_places", resolve_places).every(
        SWEEP_EVERY,
        "actions.sweep_unconfirmed",
        sweep_unconfirmed,
    )
}

/// Finds the constituency of actions accepted while postcodes was away; stops when it still is.
async fn resolve_places(app: &App) -> anyhow::Result<()> {
    let mut after = Uuid::nil();
    loop {
        let page = app
            .db
            .system_tx("actions.pending", async |conn| store::pending(conn, after, PAGE).await)
            .await?;
        let Some((_, last)) = page.last() else { return Ok(()) };
        after = *last;
        for (tenant_id, id) in page {
            match resolve_one(app, tenant_id, id).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => skip(id, &error),
            }
        }
    }
}

/// One action that cannot be settled must not keep the others waiting; the next run tries it again.
fn skip(action: Uuid, error: &anyhow::Error) {
    tracing::error!(%action, error = format!("{error:#}"), "failed to resolve an action's constituency; will retry");
    metrics::counter!("folkmoot_actions_unresolved_total").increment(1);
}

/// Whether it is worth going on.
async fn resolve_one(app: &App, tenant_id: Uuid, id: Uuid) -> anyhow::Result<bool> {
    let resolution = match resolve::attempt(app, tenant_id, id).await? {
        Attempted::Found(resolution) => *resolution,
        Attempted::Nothing => return Ok(true),
        Attempted::Away => return Ok(false),
    };
    app.db
        .tx("actions.settle_place", tenant_id, async |conn| {
            ops::settle_place(conn, tenant_id, resolution).await
        })
        .await?;
    app.kit.wake.wake();
    Ok(true)
}

/// Deletes what nobody confirmed in time.
async fn sweep_unconfirmed(app: &App) -> anyhow::Result<()> {
    let now = app.kit.clock.now();
    let sweep = || app.db.system_tx("actions.sweep", async |conn| ops::sweep(conn, now).await);
    while sweep().await.map_err(|error: DbError| error)? > 0 {}
    Ok(())
}
