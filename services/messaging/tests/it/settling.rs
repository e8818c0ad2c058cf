//! A person decides about an email whose outcome is unknown.

use contracts::{campaigns::MessageComposed, scopes};
use messaging::Messaging;
use serde_json::json;
use testkit::{app::TestApp, caller::Caller};

use crate::{
    scripted::{Act, Scripted},
    support::{SEND, Supporter, app, facts, state},
};

/// A supporter, one message that may have arrived, and an admin.
struct Unknown {
    server: Scripted,
    app: TestApp<Messaging>,
    supporter: Supporter,
    message: MessageComposed,
    admin: Caller,
    path: String,
}

async fn unknown() -> Unknown {
    let server = Scripted::start(&[Act::DropAfterText]).await;
    let app = app(server.addr).await;
    let supporter = Supporter::new(&app).await;
    let message = supporter.message(&app).await;
    app.run_job(SEND).await.unwrap();
    assert_eq!(supporter.states(&app).await, [state("unknown", "no_answer")]);
    let scopes = [scopes::DELIVERIES_READ, scopes::DELIVERIES_WRITE];
    let admin = app.caller_for_tenant(supporter.tenant_id, &scopes);
    let path = format!("/v1/deliveries/{}/settle", message.message_id);
    Unknown { server, app, supporter, message, admin, path }
}

/// Promise 000-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_arrived_counts_as_sent_and_is_not_sent_again() {
    let Unknown { server, app, supporter, message, admin, path } = unknown().await;
    let settled = admin.post(&path, &json!({"outcome": "delivered"})).await;
    assert_eq!((settled.status, &settled.json()["state"]), (200, &json!("sent")));
    app.run_job(SEND).await.unwrap();
    assert_eq!(server.texts(), 1);
    assert_eq!(supporter.states(&app).await, [state("sent", "decided")]);
    let recorded = facts(&app, "messaging.delivery.recorded.v1").await;
    let states: Vec<_> = recorded.iter().map(|fact| &fact["state"]).collect();
    assert_eq!(states, ["unknown", "sent"]);
    let decisions = facts(&app, "messaging.delivery.settled.v1").await;
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0]["message_id"], message.message_id.to_string());
    assert_eq!(decisions[0]["decision"], "delivered");
    assert_eq!(decisions[0]["actor_kind"], "user");
}

/// Promise 000-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_did_not_arrive_is_sent_again_once() {
    let Unknown { server, app, supporter, admin, path, .. } = unknown().await;
    let settled = admin.post(&path, &json!({"outcome": "send_again"})).await;
    assert_eq!((settled.status, &settled.json()["state"]), (200, &json!("queued")));
    app.run_job(SEND).await.unwrap();
    app.run_job(SEND).await.unwrap();
    assert_eq!(server.texts(), 2);
    assert_eq!(supporter.states(&app).await, [state("sent", "250")]);
    let decisions = facts(&app, "messaging.delivery.settled.v1").await;
    assert_eq!(decisions[0]["decision"], "send_again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_unknown_outcome_of_the_own_organisation_is_settled_and_only_once() {
    let Unknown { app, supporter, admin, path, .. } = unknown().await;
    for (body, code) in [(json!({}), "required"), (json!({"outcome": "lost"}), "unknown")] {
        let refused = admin.post(&path, &body).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.json()["errors"][0]["code"], code, "{}", refused.text);
    }
    let reader = supporter.reader(&app).post(&path, &json!({"outcome": "delivered"})).await;
    assert_eq!(reader.status, 403);
    let stranger = app.caller(&[scopes::DELIVERIES_WRITE]);
    assert_eq!(stranger.post(&path, &json!({"outcome": "delivered"})).await.status, 404);
    assert_eq!(supporter.states(&app).await, [state("unknown", "no_answer")]);
    assert_eq!(admin.post(&path, &json!({"outcome": "delivered"})).await.status, 200);
    let again = admin.post(&path, &json!({"outcome": "send_again"})).await;
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("not_unknown")));
    assert_eq!(supporter.states(&app).await, [state("sent", "decided")]);
}
