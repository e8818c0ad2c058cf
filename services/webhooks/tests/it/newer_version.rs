//! Rows of a newer version, which runs beside this one or was rolled back: their texts are sent and listed as they are.

use diesel_async::SimpleAsyncConnection as _;
use serde_json::json;

use crate::{receiver::Receiver, support};

const CONFIRMED: &str = "campaign.action.confirmed";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_of_an_unknown_event_type_is_sent_and_listed() {
    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    for _ in 0..2 {
        app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    }
    let rename = "UPDATE deliveries SET event_type = 'campaign.shared'
                  WHERE id::text = (SELECT min(id::text) FROM deliveries)";
    app.sql().await.batch_execute(rename).await.unwrap();
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 2);
    let listed = support::deliveries(&caller).await;
    let shown = |at: usize| (&listed[at]["event_type"], &listed[at]["state"]);
    assert_eq!(shown(0), (&json!("campaign.shared"), &json!("delivered")));
    assert_eq!(shown(1), (&json!(CONFIRMED), &json!("delivered")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_error_of_an_attempt_is_listed() {
    let receiver = Receiver::start(&[(500, vec![])]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    let fail =
        "UPDATE deliveries SET last_error = 'too_large'; UPDATE attempts SET error = 'too_large'";
    app.sql().await.batch_execute(fail).await.unwrap();
    let listed = &support::deliveries(&caller).await[0];
    assert_eq!(listed["last_error"], "too_large");
    let path = format!("/v1/webhook-deliveries/{}", listed["id"].as_str().unwrap());
    let one = caller.get(&path).await.json();
    assert_eq!(one["attempts"][0]["error"], "too_large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_with_an_unknown_event_type_is_listed_and_notified_of_the_others() {
    let receiver = Receiver::start(&[]);
    let app = support::start_with(&receiver).await;
    let caller = support::partner(&app);
    let created = support::register(&caller, &receiver.url(), &[CONFIRMED]).await;
    let add = "UPDATE endpoints SET event_types = event_types || '{campaign.shared}'";
    app.sql().await.batch_execute(add).await.unwrap();
    let event_types = json!([CONFIRMED, "campaign.shared"]);
    let listed = caller.get("/v1/webhook-endpoints").await.json();
    assert_eq!(listed["data"][0]["event_types"], event_types);
    let path = format!("/v1/webhook-endpoints/{}", created["id"].as_str().unwrap());
    assert_eq!(caller.get(&path).await.json()["event_types"], event_types);
    app.deliver(caller.tenant_id, &support::confirmed(&app)).await.unwrap();
    support::send(&app).await;
    assert_eq!(receiver.seen().len(), 1);
}
