//! Every service on the way of a request is restarted under load, as a rolling restart does it: a new replica, then SIGTERM
//! for the old one. Callers notice nothing, and nothing is lost or done twice.

use std::slice;

use integration_tests::{
    driver::Driver,
    suite::{Mode, Suite},
};
use tokio::task::block_in_place;

use crate::{
    replicas::{self, fronts},
    traffic::Traffic,
};

/// A supporter's action goes through the first three, a look-up through the first and the last.
const RESTARTED: [&str; 4] = ["gateway", "campaigns", "keyring", "postcodes"];
/// Longer than our clients keep idle connections.
const DRAIN_SECONDS: &str = "6";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarting_each_service_under_load_loses_nothing_and_does_nothing_twice()
-> anyhow::Result<()> {
    let mut settings = vec![("FOLKMOOT_DRAIN_SECONDS".to_owned(), DRAIN_SECONDS.to_owned())];
    let mut fronts = fronts(&RESTARTED, &mut settings).await?;
    let settings: Vec<_> = settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut suite = block_in_place(|| Suite::start_with("restarts", Mode::ProcessEach, &settings))?;
    replicas::adopt(&mut fronts, &mut suite);
    let driver = Driver::of(&suite)?;
    let traffic = Traffic::start(&driver, "restart")?;
    for front in &mut fronts {
        replicas::add(slice::from_mut(front), &suite, 1, &[]).await?;
        replicas::stop_older(slice::from_mut(front), 1, 1)?;
    }
    traffic.end().await?.check(&suite, &driver).await
}
