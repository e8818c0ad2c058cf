//! Runs pending migrations. One that cannot lock its tables gives up, lets the others go on and is tried again: waiting
//! behind a long transaction, it would block everybody who comes after it.

use anyhow::{Context as _, anyhow};
use diesel::{
    QueryableByName, RunQueryDsl as _, migration::Migration, pg::Pg, sql_query, sql_types::Text,
};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _};
use tokio::runtime::Handle;

use super::{Patience, in_order};
use crate::db::Conn;

/// The connection as diesel's harness wants it: blocking.
type Blocking = AsyncConnectionWrapper<Conn>;

/// The sessions that hold locks on tables of the schema. Of other roles' sessions only the process id is visible.
const HOLDERS: &str = "
  SELECT coalesce(string_agg(DISTINCT format('process %s%s', pid,
      ', in a transaction since ' || date_trunc('second', xact_start)), '; '), 'none now') AS text
  FROM pg_locks JOIN pg_class ON pg_class.oid = relation LEFT JOIN pg_stat_activity USING (pid)
  WHERE relnamespace = current_schema()::regnamespace AND granted AND pid <> pg_backend_pid()";

#[derive(QueryableByName)]
struct Holders {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Runs what is pending of these sets, one set after the other. Returns the versions.
pub(super) fn run(
    conn: Conn,
    patience: Patience,
    sets: &[EmbeddedMigrations],
) -> anyhow::Result<Vec<String>> {
    let mut conn = Blocking::from(conn);
    let mut applied = conn.applied_migrations().map_err(|e| anyhow!("{e}"))?;
    let mut ran = Vec::new();
    for migration in in_order(sets)? {
        let version = migration.name().version().as_owned();
        if !applied.contains(&version) {
            apply(&mut conn, patience, &*migration)?;
            ran.push(version.to_string());
            applied.push(version);
        }
    }
    Ok(ran)
}

fn apply(
    conn: &mut Blocking,
    patience: Patience,
    migration: &dyn Migration<Pg>,
) -> anyhow::Result<()> {
    for attempt in 1.. {
        let Err(error) = conn.run_migration(migration) else { break };
        let error = anyhow!("{error}");
        if !waited_for_a_lock(&error) {
            return Err(error);
        }
        let holders = holders(conn)?;
        if attempt >= patience.attempts {
            return Err(error).context(format!(
                "migration {} needs a lock that others held in each of {attempt} attempts; end their transactions and run \
                 it again. Locks on its tables: {holders}",
                migration.name()
            ));
        }
        tracing::warn!(migration = %migration.name(), attempt, holders, "waiting for a lock");
        Handle::current().block_on(tokio::time::sleep(patience.pause));
    }
    Ok(())
}

/// Diesel has no kind for it.
fn waited_for_a_lock(error: &anyhow::Error) -> bool {
    let text = error.to_string();
    ["lock timeout", "deadlock detected"].iter().any(|sign| text.contains(sign))
}

fn holders(conn: &mut Blocking) -> anyhow::Result<String> {
    let found: Holders = sql_query(HOLDERS).get_result(conn)?;
    Ok(found.text)
}
