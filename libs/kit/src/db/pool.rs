//! Figures of a pool of connections.

use std::time::Instant;

use diesel_async::{AsyncPgConnection, pooled_connection::deadpool::Pool};

use crate::telemetry;

/// Records how long a caller waited for a connection, whether it got one or not.
pub(super) fn waited(service: &'static str, started: Instant) {
    metrics::histogram!("folkmoot_pool_wait_seconds", "service" => service)
        .record(started.elapsed().as_secs_f64());
}

/// Sets the gauges of a pool.
pub(super) fn measure(service: &'static str, pool: &Pool<AsyncPgConnection>) {
    let status = pool.status();
    let connections = |state: &'static str, count: usize| {
        metrics::gauge!("folkmoot_pool_connections", "service" => service, "state" => state)
            .set(number(count));
    };
    connections("used", status.size.saturating_sub(status.available));
    connections("idle", status.available);
    metrics::gauge!("folkmoot_pool_connections_max", "service" => service)
        .set(number(status.max_size));
    metrics::gauge!("folkmoot_pool_waiting", "service" => service).set(number(status.waiting));
}

fn number(count: usize) -> f64 {
    telemetry::number(i64::try_from(count).unwrap_or(i64::MAX))
}
