//! Gauges of a relay. A leader that fails keeps them until another replica leads or it leads again, so that they do not
//! jump while Kafka is unavailable.

use std::time::{Duration, Instant};

use diesel::sql_types;
use diesel_async::RunQueryDsl as _;

use crate::{
    db::{Conn, DbError},
    telemetry,
};

/// How often parked rows are counted.
const COUNT_INTERVAL: Duration = Duration::from_secs(15);

/// This replica publishes.
pub(super) fn leads(service: &'static str) {
    metrics::gauge!("folkmoot_outbox_relay_leader", "service" => service).set(1.0);
}

/// This replica does not publish. What only the leader knows is 0 here.
pub(super) fn follows(service: &'static str) {
    metrics::gauge!("folkmoot_outbox_relay_leader", "service" => service).set(0.0);
    set_parked(service, 0);
    set_oldest_age(service, 0.0);
}

/// The age of the oldest row that waits; 0 if none does.
pub(super) fn set_oldest_age(service: &'static str, seconds: f64) {
    metrics::gauge!("folkmoot_outbox_oldest_age_seconds", "service" => service).set(seconds);
}

fn set_parked(service: &'static str, rows: i64) {
    metrics::gauge!("folkmoot_outbox_parked_rows", "service" => service)
        .set(telemetry::number(rows));
}

/// Counts parked rows now and then.
#[derive(Default)]
pub(super) struct Parked(Option<Instant>);

impl Parked {
    pub(super) async fn count(
        &mut self,
        service: &'static str,
        conn: &mut Conn,
    ) -> Result<(), DbError> {
        if self.0.is_some_and(|at| at.elapsed() < COUNT_INTERVAL) {
            return Ok(());
        }
        let count = diesel::dsl::sql::<sql_types::BigInt>("(SELECT count(*) FROM outbox_parked)");
        set_parked(service, diesel::select(count).get_result(conn).await?);
        self.0 = Some(Instant::now());
        Ok(())
    }
}
