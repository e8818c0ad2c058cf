//! A stop is quick when there is nothing to finish, whether the parts are there or not.

use std::time::Duration;

use integration_tests::suite::{Mode, Suite};

/// An orchestrator kills after some seconds; a lease that was not given back then costs the next process its wait.
const QUICK: Duration = Duration::from_secs(5);

#[test]
fn an_idle_suite_stops_within_seconds_also_without_kafka_and_without_the_database()
-> anyhow::Result<()> {
    let mut suite = Suite::start("stops", Mode::OneProcess)?;
    let took = suite.stop_services()?;
    assert!(took < QUICK, "{took:?} with everything there");

    suite.start_services()?;
    suite.stack.kafka.kill9()?;
    let took = suite.stop_services()?;
    assert!(took < QUICK, "{took:?} without Kafka");
    suite.stack.kafka.restart()?;

    suite.start_services()?;
    suite.stack.postgres.kill9()?;
    let took = suite.stop_services()?;
    assert!(took < QUICK, "{took:?} without the database");
    Ok(())
}
