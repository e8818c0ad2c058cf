//! At most five confirmation emails per address and day, whoever asks.

use chrono::Duration;

use crate::support::{Catch, SEND, Supporter, app, state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sixth_confirmation_of_a_day_to_one_address_is_recorded_and_not_sent() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let one = Supporter::new(&app).await;
    let other = Supporter::new(&app).await;
    for _ in 0..3 {
        one.action(&app, "same").await;
        other.action(&app, "same").await;
    }
    app.run_job(SEND).await.unwrap();
    assert_eq!(catch.emails().len(), 5);
    let sent = state("sent", "250");
    assert_eq!(one.states(&app).await, [sent.clone(), sent.clone(), sent.clone()]);
    assert_eq!(
        other.states(&app).await,
        [sent.clone(), sent, state("suppressed", "address_limit")]
    );
    one.action(&app, "another").await;
    app.clock.advance(Duration::days(1));
    one.action(&app, "same").await;
    app.run_job(SEND).await.unwrap();
    assert_eq!(catch.emails().len(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_counts_and_dead_confirmations_are_swept() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.action(&app, "tag").await;
    supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    app.run_job("deliveries.sweep").await.unwrap();
    assert_eq!(supporter.states(&app).await.len(), 2);
    app.clock.advance(Duration::days(31));
    app.run_job("deliveries.sweep").await.unwrap();
    assert_eq!(supporter.states(&app).await.len(), 1);
    let mut conn = app.sql().await;
    let left =
        diesel_async::RunQueryDsl::execute(diesel::sql_query("DELETE FROM mail_limits"), &mut conn);
    assert_eq!(left.await.unwrap(), 0);
}
