//! Every row of every schema of the suite, to compare before and after.

use std::collections::BTreeSet;

use integration_tests::suite::Suite;
use serde_json::Value;

/// The services' databases.
const DATABASES: [&str; 2] = ["folkmoot", "folkmoot_keyring"];

/// Lists the tables, except those that change without any call: a replica renews its lease on a running job
/// every few seconds, and a consumer may note late that it has seen an event which changed nothing.
const TABLES: &str = "
    SELECT string_agg(format('SELECT %L || row_to_json(t) FROM %I.%I t', schemaname || '.' || tablename || ' ',
      schemaname, tablename), ' UNION ALL ')
    FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT IN ('job_leases', 'inbox')";

/// An event that was written and published meanwhile leaves no row, but it has drawn a number.
const SEQUENCES: &str = "SELECT format('sequence %s.%s %s', schemaname, sequencename, coalesce(last_value, 0)) FROM pg_sequences";

/// Lines of `schema.table {row}`.
pub(crate) struct Dump(BTreeSet<String>);

impl Dump {
    pub(crate) fn take(suite: &Suite) -> anyhow::Result<Self> {
        let mut lines = BTreeSet::new();
        for database in DATABASES {
            let sql = |text: &str| suite.stack.postgres.sql_in(database, text);
            for text in [sql(sql(TABLES)?.trim())?, sql(SEQUENCES)?] {
                lines.extend(text.lines().map(str::to_owned));
            }
        }
        Ok(Self(lines))
    }

    fn rows(&self, table: &str) -> Vec<Value> {
        let rows = self.0.iter().filter_map(|line| line.strip_prefix(table)?.strip_prefix(' '));
        rows.map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    /// The same without the rows of a tenant, and without the numbers that its events may have drawn.
    pub(crate) fn without(&self, tenant_id: &str) -> Self {
        let theirs = format!("\"tenant_id\":\"{tenant_id}\"");
        let others = |line: &&String| !line.contains(&theirs) && !line.starts_with("sequence ");
        Self(self.0.iter().filter(others).cloned().collect())
    }

    /// The lines that only one of two dumps has.
    pub(crate) fn differences(&self, later: &Self) -> Vec<String> {
        let missing = self.0.difference(&later.0).map(|line| format!("before: {line}"));
        let new = later.0.difference(&self.0).map(|line| format!("after: {line}"));
        missing.chain(new).collect()
    }

    /// Something that will still change a row; nothing once every event has had its effect and every message is settled.
    pub(crate) fn under_way(&self) -> Option<String> {
        let outbox =
            |line: &&String| line.split(' ').next().is_some_and(|table| table.ends_with(".outbox"));
        if let Some(event) = self.0.iter().find(outbox) {
            return Some(event.clone());
        }
        let confirmed = |row: &Value| row["state"] == "confirmed";
        let waiting = [
            self.open("messaging.deliveries", |row| row["settled_at"].is_null()),
            self.open("campaigns.actions", |row| confirmed(row) && row["message_state"] != "sent"),
            self.open("campaigns.actions", |row| {
                confirmed(row) && !self.has("retention.schedules", "action_id", &row["id"])
            }),
            self.open("campaigns.actions", |row| {
                confirmed(row)
                    && !self.has("campaigns.counters", "campaign_id", &row["campaign_id"])
            }),
            self.open("identity.tenants", |row| {
                !self.has("campaigns.tenants", "tenant_id", &row["tenant_id"])
            }),
            self.open("retention.erasures", |row| row["completed_at"].is_null()),
            self.open("webhooks.deliveries", |row| {
                row["finished_at"].is_null() || row["tries"] != self.attempts(&row["id"])
            }),
        ];
        waiting.into_iter().flatten().next()
    }

    fn open(&self, table: &str, is_open: impl Fn(&Value) -> bool) -> Option<String> {
        let row = self.rows(table).into_iter().find(|row| is_open(row))?;
        Some(format!("{table} {row}"))
    }

    fn has(&self, table: &str, column: &str, value: &Value) -> bool {
        self.rows(table).iter().any(|row| row[column] == *value)
    }

    fn attempts(&self, delivery: &Value) -> usize {
        self.rows("webhooks.attempts").iter().filter(|row| row["delivery_id"] == *delivery).count()
    }
}
