//! What ends, by an erasure or after twelve months: its notice comes last, and nothing that is stored joins to it.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use chrono::TimeDelta;
use contracts::{retention::SubjectErased, webhooks::DeliveriesErased};
use kit::id::Ids;
use serde_json::json;
use testkit::{app::TestApp, sql::count};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;
use webhooks::Webhooks;

use crate::{
    receiver::Receiver,
    support::{self, LAST},
};

const CONFIRMED: &str = "campaign.action.confirmed";
const RECORDED: &str = "message.delivery.recorded";
const ANONYMISED: &str = "campaign.action.anonymised";

/// The types of the notices that a receiver got, in order.
fn types(receiver: &Receiver) -> Vec<String> {
    receiver.seen().iter().map(|s| s.json()["type"].as_str().unwrap().to_owned()).collect()
}

/// Rows with this id, as text, in any column.
async fn rows_with(app: &TestApp<Webhooks>, id: Uuid) -> i64 {
    let query = format!("SELECT count(*) FROM deliveries d WHERE d::text LIKE '%{id}%'");
    count(&mut app.sql().await, &query).await
}

/// It went out after the notice of the end, for up to three days.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_about_an_anonymised_action_is_sent_after_the_notice_of_it() {
    let receiver = Receiver::start(&[(500, vec![]), (500, vec![]), (500, vec![])]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED, RECORDED, ANONYMISED]).await;
    let (event_id, action) = (Ids.next(), support::confirmed(&app));
    app.deliver_with_id(event_id, caller.tenant_id, &action).await.unwrap();
    support::send(&app).await;
    app.deliver(caller.tenant_id, &support::anonymised(&action)).await.unwrap();
    let late = support::recorded(&app, &action);
    app.deliver(caller.tenant_id, &late).await.unwrap();
    for _ in 0..12 {
        app.clock.advance(TimeDelta::hours(30));
        support::send(&app).await;
    }
    assert_eq!(types(&receiver), [CONFIRMED, ANONYMISED, ANONYMISED, ANONYMISED]);
    app.run_job("deliveries.clean").await.unwrap();
    for id in [event_id, action.action_id, action.subject_id, late.message_id] {
        assert_eq!(rows_with(&app, id).await, 0, "{id} is gone, also from the delivered notice");
    }
    let caller = support::again(&app, &caller);
    assert_eq!(support::deliveries(&caller).await[0]["event_type"], ANONYMISED);
}

/// An attempt of another process is under way when the action is anonymised. It fails, but is not repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_notice_of_an_end_waits_for_an_attempt_under_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let app = support::start_with_origins(&origin).await;
    let other = support::start_on(&app, &origin, &B64.encode([7; 32])).await;
    let caller = support::partner(&app);
    support::register(&caller, &origin, &[CONFIRMED, ANONYMISED]).await;
    let action = support::confirmed(&app);
    app.deliver(caller.tenant_id, &action).await.unwrap();
    let meanwhile = async {
        let mut first = Request::accept(&listener, CONFIRMED).await;
        app.deliver(caller.tenant_id, &support::anonymised(&action)).await.unwrap();
        other.clock.advance(LAST - TimeDelta::seconds(1));
        tokio::select! {
            run = other.run_job("deliveries.send") => run.unwrap(),
            _ = listener.accept() => panic!("a notice overtook the attempt under way"),
        }
        first.respond("500 Internal Server Error").await;
        first
    };
    let (run, _first) = tokio::join!(app.run_job("deliveries.send"), meanwhile);
    run.unwrap();
    other.clock.advance(TimeDelta::seconds(1));
    let last = async {
        let mut last = Request::accept(&listener, ANONYMISED).await;
        last.respond("204 No Content").await;
        last
    };
    let (run, _last) = tokio::join!(other.run_job("deliveries.send"), last);
    run.unwrap();
    app.clock.advance(TimeDelta::days(1));
    app.run_job("deliveries.send").await.unwrap();
    assert_eq!(rows_with(&app, action.action_id).await, 0);
    assert_eq!(count(&mut app.sql().await, "SELECT count(*) FROM attempts").await, 1);
}

/// A request that came to a bare listener.
struct Request(TcpStream);

impl Request {
    /// Accepts one, which must be a notice of this type.
    async fn accept(listener: &TcpListener, event_type: &str) -> Self {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"}") {
            socket.read_buf(&mut text).await.unwrap();
        }
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(&format!("\"type\":\"{event_type}\"")), "{text}");
        Self(socket)
    }

    async fn respond(&mut self, status: &str) {
        let response = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        self.0.write_all(response.as_bytes()).await.unwrap();
    }
}

/// Promise 004-35
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_deletes_what_names_the_person_and_counts_it() {
    let (receiver, failing) = (Receiver::start(&[]), Receiver::start(&[(500, vec![])]));
    let origins = format!("{},{}", receiver.origin(), failing.origin());
    let app = support::start_with_origins(&origins).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED, RECORDED, "person.erased"]).await;
    support::register(&caller, &failing.url(), &[CONFIRMED]).await;
    let (action, someone_elses) = (support::confirmed(&app), support::confirmed(&app));
    app.deliver(caller.tenant_id, &action).await.unwrap();
    app.deliver(caller.tenant_id, &support::recorded(&app, &action)).await.unwrap();
    support::send(&app).await;
    app.deliver(caller.tenant_id, &someone_elses).await.unwrap();
    let (erasure_id, subject_id) = (Ids.next(), action.subject_id);
    let erased = SubjectErased { erasure_id, subject_id };
    app.deliver(caller.tenant_id, &erased).await.unwrap();
    for id in [action.action_id, subject_id] {
        let query = format!(
            "SELECT count(*) FROM deliveries d
             WHERE d::text LIKE '%{id}%' AND event_type <> 'person.erased'"
        );
        assert_eq!(count(&mut app.sql().await, &query).await, 0);
    }
    // Announced again, after an event about the person that came late.
    app.deliver(caller.tenant_id, &support::recorded(&app, &action)).await.unwrap();
    support::send(&app).await;
    app.deliver(caller.tenant_id, &erased).await.unwrap();
    app.clock.advance(LAST);
    support::send(&app).await;

    assert_eq!(types(&receiver), [CONFIRMED, RECORDED, CONFIRMED, "person.erased"]);
    assert_eq!(receiver.seen()[3].json()["data"], json!({ "subject_id": subject_id }));
    assert_eq!(failing.seen().len(), 2, "the person's failed, the other's came");
    let acknowledgements: Vec<DeliveriesErased> =
        app.outbox().await.iter().map(|row| serde_json::from_str(&row.payload).unwrap()).collect();
    let expected = |rows| DeliveriesErased { erasure_id, subject_id, rows, remaining: 0 };
    assert_eq!(acknowledgements, [expected(3), expected(1)]);
    assert_eq!(rows_with(&app, subject_id).await, 0, "nothing here names the person");
}
