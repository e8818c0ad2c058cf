//! Servers that refuse, do not reply, or are unavailable.

use chrono::Duration;
use testkit::wait::eventually;
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

/// Longer than what the buffers of a connection take, so that the line breaks while the text is being written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_breaks_before_the_end_of_the_text_is_tried_again() {
    let server = Scripted::start(&[Act::DropBeforeText]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    let body = "Please keep the library. \n".repeat(400_000);
    supporter.message_with(&app, "The library", &body).await;
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("queued", "not_sent")]);
    app.clock.advance(Duration::seconds(61));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    assert_eq!(server.texts(), 1);
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
    supporter.action(&app).await;
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
    app.clock.advance(Duration::days(29));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("queued", "unreachable")]);
    app.clock.advance(Duration::days(1));
    app.run_job(SEND).await.unwrap();
    let [message, report] = &supporter.states(&app).await[..] else { panic!("two emails") };
    assert_eq!(message, &state("failed", "unreachable"));
    assert_eq!(report.0, "queued");
}

/// What a relay says to MAIL, or instead of a greeting, is about us: a suspended account must not end every email in the queue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_refuses_us_ends_no_email_and_is_reported() {
    let table = [
        (Act::Greet("554 5.3.2 no service"), "unreachable"),
        (Act::Mail("421 4.7.0 too many"), "421"),
        (Act::Mail("452 4.3.1 storage"), "452"),
        (Act::Mail("530 5.7.0 authentication required"), "530"),
        (Act::Mail("550 5.7.1 sender not allowed"), "550"),
        (Act::Mail("554 5.7.1 account suspended"), "554"),
        (Act::Rcpt("421 4.3.2 shutting down"), "421"),
        (Act::Data("554 5.5.1 not now"), "554"),
        (Act::Text("421 4.3.2 shutting down"), "421"),
    ];
    for (act, code) in table {
        let server = Scripted::start(&[act]).await;
        let app = app(server.addr).await;
        let supporter = Supporter::new(&app).await;
        supporter.message(&app).await;
        app.run_job(SEND).await.unwrap();
        assert_eq!(supporter.states(&app).await, [state("queued", code)], "{act:?}");
        let answer = supporter.reader(&app).get("/v1/deliveries").await;
        assert_eq!(answer.json()["data"][0]["attempts"], 0, "{act:?}");
        let relay = &app.readiness().await.1["checks"]["mail_relay"];
        assert_eq!(relay["status"], "degraded", "{act:?}");
        app.clock.advance(Duration::seconds(6));
        app.run_job(SEND).await.unwrap();
        assert_eq!(supporter.states(&app).await, [state("sent", "250")], "{act:?}");
        let relay = &app.readiness().await.1["checks"]["mail_relay"];
        assert_eq!(relay["status"], "ok", "{act:?}");
    }
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

/// Promise 000-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_hang_hold_up_no_other_email() {
    const HANGING: usize = 7;
    const MORE: usize = 3;
    let server = Scripted::start(&[Act::Hang; HANGING]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    for _ in 0..HANGING {
        supporter.message(&app).await;
    }
    let count = async |name: &str| {
        let states = supporter.states(&app).await;
        states.iter().filter(|(state, _)| state == name).count()
    };
    let others = async {
        eventually("hanging emails", async || (count("sending").await == HANGING).then_some(()))
            .await;
        for sent in 1..=MORE {
            supporter.message(&app).await;
            eventually("another email", async || (count("sent").await == sent).then_some(())).await;
        }
    };
    tokio::select! {
        ended = app.run_job(SEND) => panic!("the server never answers: {ended:?}"),
        () = others => {}
    }
}

/// Promise 000-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_could_not_be_delivered_in_time_ends_with_a_report_to_its_supporter() {
    for (act, days) in [(Act::Mail("554 suspended"), 30), (Act::Rcpt("450 later"), 3)] {
        let server = Scripted::start(&[act, act]).await;
        let app = app(server.addr).await;
        let supporter = Supporter::new(&app).await;
        supporter.message(&app).await;
        app.run_job(SEND).await.unwrap();
        assert_eq!(supporter.states(&app).await[0].0, "queued", "{act:?}");
        app.clock.advance(Duration::days(days));
        app.run_job(SEND).await.unwrap();
        app.run_job(SEND).await.unwrap();
        let [message, report] = &supporter.states(&app).await[..] else { panic!("two emails") };
        assert_eq!((&*message.0, report), ("failed", &state("sent", "250")), "{act:?}");
        let email = server.last_text();
        let parsed = mail_parser::MessageParser::new().parse(&email).unwrap();
        assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("zoe@people.example"));
        assert_eq!(parsed.subject(), Some("Not delivered: your message to A. Member MP"));
        let text = parsed.body_text(0).unwrap();
        assert!(text.starts_with("Hello Zoë Example,"), "{text}");
        assert!(text.contains("Please keep it – thanks."), "{text}");
        assert!(parsed.reply_to().is_none() && email.contains("Auto-Submitted"), "{email}");
        let facts = facts(&app, "messaging.delivery.recorded.v1").await;
        assert_eq!(facts.len(), 1, "{act:?}: {facts:?}");
        assert_eq!(
            (&facts[0]["kind"], &facts[0]["state"]),
            (&"representative".into(), &"failed".into())
        );
        app.clock.advance(Duration::days(40));
        app.run_job(SEND).await.unwrap();
        app.run_job("deliveries.sweep").await.unwrap();
        assert_eq!((server.texts(), supporter.states(&app).await.len()), (1, 1), "{act:?}");
    }
}

/// Without the key there could be no report: a message waits for it, however long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_absence_of_the_keyring_ends_a_message() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    supporter.message(&app).await;
    app.app().keyring.evict(supporter.tenant_id, supporter.subject_id);
    app.fakes.keyring.lock().unwrap().down = true;
    app.clock.advance(Duration::days(31));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("queued", "unreachable")]);
    app.fakes.keyring.lock().unwrap().down = false;
    app.clock.advance(Duration::seconds(6));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
}

/// Article 18: what a restricted person sent before is kept, and used when the restriction ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_key_holds_a_message_and_nobody_elses() {
    let catch = Catch::start().await;
    let app = app(catch.addr).await;
    let supporter = Supporter::new(&app).await;
    let other = Supporter::of(&app, supporter.tenant_id, "Other").await;
    supporter.message(&app).await;
    app.app().keyring.evict(supporter.tenant_id, supporter.subject_id);
    app.fakes.keyring.lock().unwrap().restricted.insert(supporter.subject_id);
    supporter.message(&app).await;
    other.message(&app).await;
    app.run_job(SEND).await.unwrap();
    let (held, sent) = (state("queued", "key_refused"), state("sent", "250"));
    assert_eq!(supporter.states(&app).await, [held.clone(), held.clone(), sent.clone()]);
    app.clock.advance(Duration::days(31));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [held.clone(), held, sent.clone()]);
    assert_eq!(catch.emails().len(), 1);
    app.fakes.keyring.lock().unwrap().restricted.clear();
    app.clock.advance(Duration::minutes(11));
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [sent.clone(), sent.clone(), sent]);
}
