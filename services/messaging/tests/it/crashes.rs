//! A process that dies between claiming and settling: what the next one makes of it.

use chrono::Duration;
use testkit::wait::eventually;

use crate::{
    scripted::{Act, Scripted},
    support::{Catch, SEND, Supporter, app, facts, state},
};

/// The job is dropped while the server has the text and has not answered: what kill -9 leaves behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_with_the_text_on_its_way_leaves_an_unknown_and_no_second_mail() {
    let server = Scripted::start(&[Act::Hang]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    tokio::select! {
        ended = app.run_job(SEND) => panic!("the server never answers: {ended:?}"),
        () = eventually("the text", || async { (server.texts() == 1).then_some(()) }) => {}
    }
    assert_eq!(supporter.states(&app).await, [state("sending", "")]);
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sending", "")], "the lease still runs");
    app.clock.advance(Duration::seconds(16));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("unknown", "holder_died")]);
    app.clock.advance(Duration::days(9));
    app.run_job(SEND).await.unwrap();
    assert_eq!(server.texts(), 1);
    let facts = facts(&app, "messaging.delivery.recorded.v1").await;
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0]["state"], "unknown");
}

/// A database that comes back after the lease has ended, or a clock that is wrong: the process lives and knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sent_a_text_settles_it_even_after_others_have_called_it_unknown() {
    let server = Scripted::start(&[Act::Hold]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    let others = async {
        eventually("the text", || async { (server.texts() == 1).then_some(()) }).await;
        app.clock.advance(Duration::seconds(16));
        app.run_job(SEND).await.unwrap();
        assert_eq!(supporter.states(&app).await, [state("unknown", "holder_died")]);
        server.release();
    };
    let (sent, ()) = tokio::join!(app.run_job(SEND), others);
    sent.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    let answer = supporter.reader(&app).get("/v1/deliveries").await;
    assert_eq!(answer.json()["data"][0]["attempts"], 1);
    let facts = facts(&app, "messaging.delivery.recorded.v1").await;
    let states: Vec<_> = facts.iter().map(|fact| &fact["state"]).collect();
    assert_eq!(states, ["unknown", "sent"]);
    app.clock.advance(Duration::days(9));
    app.run_job(SEND).await.unwrap();
    assert_eq!(server.texts(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_on_its_way_at_the_death_is_sent_again() {
    let server = Scripted::start(&[Act::Hang]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.action(&app).await;
    tokio::select! {
        ended = app.run_job(SEND) => panic!("the server never answers: {ended:?}"),
        () = eventually("the text", || async { (server.texts() == 1).then_some(()) }) => {}
    }
    app.clock.advance(Duration::seconds(16));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    assert_eq!(server.texts(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_only_claimed_goes_back_and_is_sent_once() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    let claimed = "UPDATE deliveries SET state = 'claimed', holder = gen_random_uuid(),
                   lease_until = now() + interval '15 seconds'";
    let mut conn = app.sql().await;
    diesel_async::RunQueryDsl::execute(diesel::sql_query(claimed), &mut conn).await.unwrap();
    app.run_job(SEND).await.unwrap();
    assert!(catch.emails().is_empty(), "another holds it");
    app.clock.advance(Duration::seconds(16));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    assert_eq!(catch.emails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_the_queue_and_send_each_email_once() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    for _ in 0..120 {
        supporter.message(&app).await;
    }
    let (one, two, three) = tokio::join!(app.run_job(SEND), app.run_job(SEND), app.run_job(SEND));
    one.and(two).and(three).unwrap();
    assert_eq!(catch.emails().len(), 120);
    let facts = facts(&app, "messaging.delivery.recorded.v1").await;
    assert_eq!(facts.len(), 120);
    assert!(facts.iter().all(|fact| fact["state"] == "sent"));
}
