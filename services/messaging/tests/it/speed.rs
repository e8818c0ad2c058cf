//! Measurements, run by hand: `cargo test -p messaging --release -- --ignored --nocapture`.

use std::time::Instant;

use crate::support::{Catch, SEND, Supporter, app};

const MAILS: u32 = 1200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, run by hand"]
async fn mails_per_second_from_the_ledger_to_the_disk() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    for _ in 0..MAILS {
        supporter.message(&app).await;
    }
    let started = Instant::now();
    while catch.mails().len() < usize::try_from(MAILS).unwrap() {
        app.run_job(SEND).await.unwrap();
    }
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{MAILS} mails in {seconds:.2} s: {:.0}/s", f64::from(MAILS) / seconds);
}
