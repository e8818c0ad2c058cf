//! Exact numbers.

use contracts::messaging::{DeliveryRecorded, DeliveryState, EmailKind};
use serde_json::json;

use crate::support::{OXFORD, REPRESENTATIVES, World, ada, id, letter, petition, supporter};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_confirmation_counts_exactly_once_even_when_its_event_comes_twice() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &ada()).await;
    let mut elsewhere = supporter("Grace Hopper", "grace@supporter.example");
    elsewhere["postcode"] = json!("GY1 1AA");
    world.confirmed(campaign, &elsewhere).await;
    world.acted(campaign, &supporter("Alan", "alan@supporter.example")).await;
    let all = world.pushed::<contracts::campaigns::ActionConfirmed>().await;
    let tenant_id = world.owner.tenant_id;
    world.app.deliver_with_id(all[0].id, tenant_id, &all[0].event).await.unwrap();

    let path = format!("/v1/campaigns/{campaign}/counter");
    let total = world.owner.get(&path).await;
    assert_eq!(total.json()["total"], 2);
    assert_eq!(total.header("cache-control"), "public, max-age=5");
    let request = world.owner.request(reqwest::Method::GET, &path);
    let request = request.header("if-none-match", format!("\"x\", W/{}", total.header("etag")));
    assert_eq!(world.owner.send(request).await.status, 304);
    let counters = world.owner.get(&format!("/v1/campaigns/{campaign}/counters")).await.json();
    assert_eq!(counters["total"], 2);
    let expected =
        json!([{ "constituency": OXFORD, "count": 1 }, { "constituency": "unknown", "count": 1 }]);
    assert_eq!(counters["by_constituency"], expected);
}

/// Promise 000-10: each message ends in a known state.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outcome_of_a_message_is_shown_on_its_action() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    world.confirmed(campaign, &ada()).await;
    let (message, _) = world.message().await;
    for (state, shown) in [
        (DeliveryState::Unknown, "unknown"),
        (DeliveryState::Failed, "failed"),
        (DeliveryState::Sent, "sent"),
    ] {
        let mut event = DeliveryRecorded {
            message_id: message.message_id,
            action_id: message.action_id,
            campaign_id: campaign,
            subject_id: Some(message.subject_id),
            kind: EmailKind::Representative,
            state,
            code: None,
            at: world.app.clock.now(),
        };
        world.app.deliver(world.owner.tenant_id, &event).await.unwrap();
        (event.message_id, event.kind, event.state) =
            (id(), EmailKind::Confirmation, DeliveryState::Failed);
        world.app.deliver(world.owner.tenant_id, &event).await.unwrap();
        let list = world.owner.get(&format!("/v1/campaigns/{campaign}/actions")).await.json();
        assert_eq!(list["data"][0]["message_state"], shown);
    }
}
