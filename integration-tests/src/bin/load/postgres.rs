//! What the same PostgreSQL does alone, as a measure of the machine's disk and cores.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, ensure};
use integration_tests::suite::Suite;

/// Two inserts a transaction, as accepting an action is at least: the action and its event.
const SCRIPT: &str = "BEGIN;\n\
    INSERT INTO bench_actions (tenant_id, body) VALUES (gen_random_uuid(), repeat('x', 400));\n\
    INSERT INTO bench_events (tenant_id, body) VALUES (gen_random_uuid(), repeat('x', 600));\n\
    COMMIT;\n";

/// Transactions a second of eight clients.
pub(crate) fn inserts(suite: &Suite, time: Duration) -> anyhow::Result<f64> {
    for table in ["bench_actions", "bench_events"] {
        suite.stack.postgres.sql(&format!(
            "CREATE TABLE IF NOT EXISTS {table} (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
             tenant_id UUID NOT NULL, body TEXT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now())"
        ))?;
    }
    let script = suite.dir.join("inserts.sql");
    fs::write(&script, SCRIPT)?;
    let mut pgbench = Command::new("pgbench");
    pgbench.args([
        "-n",
        "-c",
        "8",
        "-j",
        "2",
        "-M",
        "prepared",
        "-T",
        &time.as_secs().to_string(),
        "-f",
    ]);
    let output = pgbench.arg(&script).arg(suite.stack.postgres.url()).output();
    let output = output.context("failed to run pgbench, of Debian's postgresql-client packages")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    let line =
        text.lines().find_map(|line| line.strip_prefix("tps = ")).context("pgbench: no tps")?;
    Ok(line.split(' ').next().unwrap_or_default().parse()?)
}
