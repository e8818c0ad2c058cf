//! Exact numbers.

use contracts::{
    campaigns::{ActionConfirmed, ActionKind},
    messaging::{DeliveryState, EmailKind},
};
use kit::id::Ids;
use serde_json::json;
use testkit::wait::eventually;
use uuid::Uuid;

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
        let mut event = world.recorded(&message, state);
        world.app.deliver(world.owner.tenant_id, &event).await.unwrap();
        (event.message_id, event.kind, event.state) =
            (id(), EmailKind::Confirmation, DeliveryState::Failed);
        world.app.deliver(world.owner.tenant_id, &event).await.unwrap();
        let list = world.owner.get(&format!("/v1/campaigns/{campaign}/actions")).await.json();
        assert_eq!(list["data"][0]["message_state"], shown);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_constituency_that_is_found_late_leaves_the_unknown_ones() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let counters = format!("/v1/campaigns/{campaign}/counters");
    world.postcodes.down(true);
    world.confirmed(campaign, &ada()).await;
    // One whose event has not come back from Kafka when its constituency is found.
    let (_, link) = world.acted(campaign, &supporter("Kay", "kay@supporter.example")).await;
    assert_eq!(world.confirm(&link).await.status, 200);
    let unknown = json!([{ "constituency": "unknown", "count": 1 }]);
    assert_eq!(world.owner.get(&counters).await.json()["by_constituency"], unknown);
    world.postcodes.down(false);
    for _time in 0..2 {
        world.app.run_job("actions.resolve_places").await.unwrap();
    }
    for pushed in world.pushed::<ActionConfirmed>().await {
        let tenant_id = world.owner.tenant_id;
        world.app.deliver_with_id(pushed.id, tenant_id, &pushed.event).await.unwrap();
    }
    let found = world.owner.get(&counters).await.json();
    assert_eq!(found["by_constituency"], json!([{ "constituency": OXFORD, "count": 2 }]));
    assert_eq!(found["total"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_fold_the_same_constituencies_do_not_wait_for_each_other() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let tenant_id = world.owner.tenant_id;
    for _round in 0..10 {
        let batch = |constituencies: [&str; 2]| -> Vec<(Uuid, ActionConfirmed)> {
            let half = |constituency| (0..40).map(move |_| confirmed(campaign, constituency));
            constituencies.into_iter().flat_map(half).collect()
        };
        let (one, other) = (batch([OXFORD, "E14009999"]), batch(["E14009999", OXFORD]));
        let fold = async |batch: &[(Uuid, ActionConfirmed)]| {
            let events: Vec<_> = batch.iter().map(|(id, event)| (*id, event)).collect();
            world.app.deliver_batch(tenant_id, &events).await
        };
        let (one, other) = tokio::join!(fold(&one), fold(&other));
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    }
    assert_eq!(world.count("SELECT sum(count)::bigint FROM counters").await, 10 * 160);
}

fn confirmed(campaign_id: Uuid, constituency: &str) -> (Uuid, ActionConfirmed) {
    let event = ActionConfirmed {
        action_id: Ids.next(),
        campaign_id,
        subject_id: Ids.next(),
        kind: ActionKind::Petition,
        constituency: Some(constituency.to_owned()),
        taken_at: chrono::DateTime::UNIX_EPOCH,
        confirmed_at: chrono::DateTime::UNIX_EPOCH,
    };
    (Ids.next(), event)
}

/// The number is read once a second at most, whoever asks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_comes_from_memory_and_follows_within_a_second() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &ada()).await;
    let total = async || {
        let counter = world.owner.get(&format!("/v1/campaigns/{campaign}/counter")).await.json();
        let public = world.owner.get(&format!("/v1/campaigns/{campaign}/public")).await.json();
        [counter["total"].clone(), public["counter"]["total"].clone()]
    };
    assert_eq!(total().await, [json!(1), json!(1)]);
    world.confirmed(campaign, &supporter("Grace", "grace@supporter.example")).await;
    eventually("the new number", async || (total().await == [json!(2), json!(2)]).then_some(()))
        .await;
}
