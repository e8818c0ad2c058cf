//! Servers that refuse, do not reply, or are unavailable.

use chrono::Duration;
use tokio::net::TcpListener;

use crate::{
    scripted::{Act, Scripted},
    support::{Catch, SEND, Supporter, app, facts, state},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_definite_no_is_failed_or_tried_again_and_never_unknown() {
    let table = [
        (Act::Rcpt("550 5.1.1 nobody"), state("failed", "550")),
        (Act::Text("554 5.7.1 no"), state("failed", "554")),
        (Act::Rcpt("450 4.2.1 later"), state("queued", "450")),
        (Act::Text("451 4.3.0 later"), state("queued", "451")),
        (Act::DropAtRcpt, state("queued", "not_sent")),
    ];
    for (act, expected) in table {
        let server = Scripted::start(&[act]).await;
        let app = app(server.addr).await;
        let supporter = Supporter::new(&app).await;
        supporter.message(&app).await;
        app.run_job(SEND).await.unwrap();
        let states = supporter.states(&app).await;
        assert_eq!(states, std::slice::from_ref(&expected), "{act:?}");
        let facts = facts(&app, "messaging.delivery.recorded.v1").await;
        assert_eq!(facts.len(), usize::from(expected.0 == "failed"), "{act:?}: {facts:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_email_is_tried_again_when_its_time_comes_and_not_before() {
    let server = Scripted::start(&[Act::Text("451 later"), Act::Text("451 later")]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    app.run_job(SEND).await.unwrap();
    assert_eq!(server.texts(), 1);
    app.clock.advance(Duration::seconds(61));
    app.run_job(SEND).await.unwrap();
    assert_eq!(server.texts(), 2);
    app.clock.advance(Duration::seconds(61));
    app.run_job(SEND).await.unwrap();
    assert_eq!(server.texts(), 2, "the second wait is five minutes");
    app.clock.advance(Duration::minutes(5));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    let answer = supporter.reader(&app).get("/v1/deliveries").await;
    assert_eq!(answer.json()["data"][0]["attempts"], 3);
}

/// Promise 000-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_representatives_email_without_an_answer_is_unknown_reported_and_never_sent_again() {
    let server = Scripted::start(&[Act::DropAfterText]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("unknown", "no_answer")]);
    for days in [1, 5, 30] {
        app.clock.advance(Duration::days(days));
        app.run_job(SEND).await.unwrap();
    }
    assert_eq!(server.texts(), 1);
    let listed = supporter.reader(&app).get("/v1/deliveries?state=unknown").await;
    assert_eq!(listed.json()["data"].as_array().unwrap().len(), 1);
    let facts = facts(&app, "messaging.delivery.recorded.v1").await;
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0]["state"], "unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_without_an_answer_is_sent_again() {
    let server = Scripted::start(&[Act::DropAfterText]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.action(&app, "tag").await;
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("queued", "no_answer")]);
    app.clock.advance(Duration::seconds(61));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absent_relay_costs_no_attempt_and_the_email_goes_when_it_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let app = app(addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("queued", "unreachable")]);
    let answer = supporter.reader(&app).get("/v1/deliveries").await;
    assert_eq!(answer.json()["data"][0]["attempts"], 0);
    let (status, ready) = app.readiness().await;
    assert_eq!((status, &ready["checks"]["mail_relay"]["status"]), (200, &"degraded".into()));
    app.clock.advance(Duration::days(3));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("failed", "unreachable")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absent_keyring_holds_email_back_and_loses_none() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    app.app().keyring.evict(supporter.tenant_id, supporter.subject_id);
    app.fakes.keyring.lock().unwrap().down = true;
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("queued", "unreachable")]);
    assert!(catch.emails().is_empty());
    app.fakes.keyring.lock().unwrap().down = false;
    app.clock.advance(Duration::seconds(6));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
}
