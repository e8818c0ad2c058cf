//! Deliveries: once per event, retried along the schedule, ended by the receiver's response.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    campaigns::{ActionAnonymised, CampaignClosed, CampaignPublished},
    messaging::{DeliveryRecorded, EmailKind},
};
use diesel_async::SimpleAsyncConnection as _;
use kit::id::Ids;
use serde_json::json;
use testkit::{sql::count, wait::eventually};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use crate::{receiver::Receiver, support};

const CONFIRMED: &str = "campaign.action.confirmed";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_delivered_thin_and_once_however_often_it_comes() {
    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    let (id, event) = (Ids.next(), support::confirmed(&app));
    for _ in 0..3 {
        app.deliver_with_id(id, caller.tenant_id, &event).await.unwrap();
        support::send(&app).await;
    }
    let seen = receiver.seen();
    assert_eq!(seen.len(), 1);
    let body = seen[0].json();
    assert_eq!(body["type"], CONFIRMED);
    assert!(body["timestamp"].as_str().unwrap().parse::<DateTime<Utc>>().is_ok());
    let thin = json!({ "action_id": event.action_id, "campaign_id": event.campaign_id });
    assert_eq!(body["data"], thin);
    assert!(!seen[0].body.contains(&event.subject_id.to_string()), "names no person");
    assert_eq!(seen[0].headers["webhook-id"], id.to_string());
    assert_eq!(seen[0].headers["content-type"], "application/json");
    assert_eq!(support::deliveries(&caller).await[0]["state"], "delivered");
}

/// The claim for more waited for a connection while deliveries held all four and were not polled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_run_sends_more_deliveries_than_there_are_connections() {
    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    for _ in 0..4 {
        support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    }
    for _ in 0..6 {
        app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    }
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 24);
    let states = support::deliveries(&caller).await;
    assert!(states.iter().all(|delivery| delivery["state"] == "delivered"), "{states:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_fails_fails_the_run_after_the_deliveries_under_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (app, caller) = support::queued_for(&listener).await;
    let db = app.db.as_ref().unwrap();
    let respond = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut locking = db.connect().await;
        locking.batch_execute("BEGIN; LOCK TABLE endpoints").await.unwrap();
        let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_locks
                      WHERE relation = 'endpoints'::regclass AND NOT granted";
        let cancelled = async || count(&mut db.connect().await, cancel).await;
        eventually("a claim", || async { (cancelled().await > 0).then_some(()) }).await;
        locking.batch_execute("ROLLBACK").await.unwrap();
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        socket
    };
    let (run, _socket) = tokio::join!(app.run_job("deliveries.send"), respond);
    assert!(format!("{:#}", run.unwrap_err()).contains("canceling"));
    let delivered = caller.get("/v1/webhook-deliveries?state=delivered").await.json();
    assert_eq!(delivered["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_delivery_is_tried_again_with_the_same_id_and_a_new_time() {
    let receiver = Receiver::start(&[(500, vec![]), (302, vec![("location", "/x".to_owned())])]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();

    support::send(&app).await;
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 1, "not before its time");
    let waiting = &support::deliveries(&caller).await[0];
    assert_eq!(
        (waiting["state"].as_str(), waiting["last_status"].as_i64()),
        (Some("retrying"), Some(500))
    );

    app.clock.advance(TimeDelta::seconds(10));
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 2, "a redirect is not followed");
    app.clock.advance(TimeDelta::minutes(7));
    support::send(&app).await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 3);
    let values = |name: &str| seen.iter().map(|s| s.headers[name].clone()).collect::<Vec<_>>();
    let (ids, times) = (values("webhook-id"), values("webhook-timestamp"));
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert!(times[0] < times[1] && times[1] < times[2]);
    let caller = support::again(&app, &caller);
    let id = support::deliveries(&caller).await[0]["id"].as_str().unwrap().to_owned();
    let one = caller.get(&format!("/v1/webhook-deliveries/{id}")).await.json();
    let errors: Vec<&str> =
        one["attempts"].as_array().unwrap().iter().filter_map(|a| a["error"].as_str()).collect();
    assert_eq!(errors, ["status", "redirect"]);
    assert_eq!((one["state"].as_str(), one["tries"].as_i64()), (Some("delivered"), Some(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_asks_for_a_pause_gets_it() {
    let receiver = Receiver::start(&[(429, vec![("retry-after", "120".to_owned())])]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    app.clock.advance(TimeDelta::seconds(60));
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 1);
    app.clock.advance(TimeDelta::seconds(61));
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_of_more_seconds_than_fit_is_the_longest_and_not_none() {
    let receiver = Receiver::start(&[(429, vec![("retry-after", "4294967296".to_owned())])]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    app.clock.advance(TimeDelta::hours(23));
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 1);
    app.clock.advance(TimeDelta::hours(2));
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_failures_over_three_days_it_is_dead_and_listed() {
    let script: Vec<_> = (0..20).map(|_| (503, vec![])).collect();
    let receiver = Receiver::start(&script);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    for _ in 0..12 {
        support::send(&app).await;
        app.clock.advance(TimeDelta::hours(30));
    }
    assert_eq!(receiver.seen().len(), 10);
    let caller = support::again(&app, &caller);
    let dead = caller.get("/v1/webhook-deliveries?state=dead").await.json();
    assert_eq!(dead["data"][0]["tries"], 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_gone_is_disabled_and_its_queue_cancelled() {
    let receiver = Receiver::start(&[(500, vec![]), (410, vec![])]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    let endpoint = support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    app.clock.advance(TimeDelta::hours(1));
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 2, "nothing after 410");
    let caller = support::again(&app, &caller);
    let path = format!("/v1/webhook-endpoints/{}", endpoint["id"].as_str().unwrap());
    let shown = caller.get(&path).await.json();
    assert_eq!(
        (shown["state"].as_str(), shown["disabled_reason"].as_str()),
        (Some("disabled"), Some("gone"))
    );
    let states: Vec<String> = support::deliveries(&caller)
        .await
        .iter()
        .map(|d| d["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["cancelled", "dead"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_endpoint_gets_nothing_more() {
    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    let endpoint = support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    let path = format!("/v1/webhook-endpoints/{}", endpoint["id"].as_str().unwrap());
    assert_eq!(caller.delete(&path).await.status, 204);
    assert_eq!(caller.delete(&path).await.status, 404);
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    assert!(receiver.seen().is_empty());
    let all = support::deliveries(&caller).await;
    assert_eq!((all.len(), all[0]["state"].as_str()), (1, Some("cancelled")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_get_what_they_asked_for_and_never_another_tenants() {
    let (receiver, other) = (Receiver::start(&[]), Receiver::start(&[]));
    let app = support::start_with(&receiver).await;
    let (caller, stranger) = (support::partner(&app), support::partner(&app));
    let types = [
        "campaign.published",
        "campaign.closed",
        "campaign.action.anonymised",
        "message.delivery.recorded",
    ];
    support::register(&caller, &receiver.url(), &types).await;
    support::register(&stranger, &receiver.url(), &["person.erased"]).await;
    let (campaign_id, action_id) = (Ids.next(), Ids.next());
    let kind = contracts::campaigns::ActionKind::Petition;
    let tenant_id = caller.tenant_id;
    app.deliver(tenant_id, &CampaignPublished { campaign_id, kind }).await.unwrap();
    app.deliver(tenant_id, &CampaignClosed { campaign_id }).await.unwrap();
    app.deliver(tenant_id, &ActionAnonymised { action_id, campaign_id }).await.unwrap();
    app.deliver(tenant_id, &support::confirmed(&app)).await.unwrap();
    for (kind, code) in [
        (EmailKind::Confirmation, "250"),
        (EmailKind::Representative, "250"),
        (EmailKind::Representative, "no_key"),
    ] {
        let recorded = support::recorded(&app, &support::confirmed(&app));
        let recorded = DeliveryRecorded { kind, code: Some(code.to_owned()), ..recorded };
        app.deliver(tenant_id, &recorded).await.unwrap();
    }
    app.clock.advance(support::LAST);
    support::send(&app).await;
    let mut got: Vec<String> =
        receiver.seen().iter().map(|s| s.json()["type"].as_str().unwrap().to_owned()).collect();
    got.sort_unstable();
    let mut wanted = types;
    wanted.sort_unstable();
    assert_eq!(got, wanted, "one each, none for confirmation emails, none for an erased person's");
    assert!(other.seen().is_empty());
    let stranger = support::again(&app, &stranger);
    assert!(support::deliveries(&stranger).await.is_empty());
}

/// Architecture §5.4: webhook bodies live 30 days at most.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_go_after_thirty_days_and_the_rest_after_ninety() {
    use diesel_async::RunQueryDsl as _;

    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    let bodies = async || {
        let query = diesel::sql_query("SELECT FROM deliveries WHERE body IS NOT NULL");
        query.execute(&mut app.sql().await).await.unwrap()
    };
    app.clock.advance(TimeDelta::days(29));
    app.run_job("deliveries.clean").await.unwrap();
    assert_eq!(bodies().await, 1);
    app.clock.advance(TimeDelta::days(2));
    app.run_job("deliveries.clean").await.unwrap();
    assert_eq!(bodies().await, 0);
    let caller = support::again(&app, &caller);
    assert_eq!(support::deliveries(&caller).await.len(), 1);
    app.clock.advance(TimeDelta::days(60));
    app.run_job("deliveries.clean").await.unwrap();
    let caller = support::again(&app, &caller);
    assert!(support::deliveries(&caller).await.is_empty());
}
