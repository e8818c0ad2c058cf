//! How often one address is asked to confirm, whoever enters it.

use chrono::Duration;
use kit::id::Ids;

use crate::support::{Catch, SEND, Supporter, app, state};

/// Strangers who enter an address again and again take no email from its owner: not in another campaign, and not at another
/// organisation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_confirmation_of_a_campaign_is_sent_at_once_whatever_came_before() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let (one, elsewhere) = (Supporter::new(&app).await, Supporter::new(&app).await);
    let campaign_id = Ids.next();
    for _ in 0..10 {
        one.action_in(&app, campaign_id).await;
    }
    for _ in 0..8 {
        one.action(&app).await;
    }
    elsewhere.action_in(&app, campaign_id).await;
    app.run_job(SEND).await.unwrap();
    assert_eq!(catch.emails().len(), 1 + 8 + 1);
    assert_eq!(elsewhere.states(&app).await, [state("sent", "250")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_is_repeated_after_minutes_and_five_times_a_day_at_most() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let one = Supporter::new(&app).await;
    let campaign_id = Ids.next();
    let sent = async |minutes| {
        app.clock.advance(Duration::minutes(minutes));
        app.run_job(SEND).await.unwrap();
        catch.emails().len()
    };
    one.action_in(&app, campaign_id).await;
    one.action_in(&app, campaign_id).await;
    assert_eq!(sent(0).await, 1, "the second comes in a moment");
    assert_eq!(sent(4).await, 1);
    assert_eq!(sent(2).await, 2, "five minutes after the first");
    for _ in 0..5 {
        one.action_in(&app, campaign_id).await;
    }
    let states = one.states(&app).await;
    let suppressed = state("suppressed", "address_limit");
    assert_eq!(states.iter().filter(|state| **state == suppressed).count(), 2);
    assert_eq!(sent(60).await, 5);
    one.action_in(&app, campaign_id).await;
    assert_eq!(sent(60).await, 5);
    app.clock.advance(Duration::days(1));
    one.action_in(&app, campaign_id).await;
    assert_eq!(sent(0).await, 6, "another day");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_confirmations_are_swept() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.action(&app).await;
    supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    app.run_job("deliveries.sweep").await.unwrap();
    assert_eq!(supporter.states(&app).await.len(), 2);
    app.clock.advance(Duration::days(31));
    app.run_job("deliveries.sweep").await.unwrap();
    assert_eq!(supporter.states(&app).await.len(), 1);
}
