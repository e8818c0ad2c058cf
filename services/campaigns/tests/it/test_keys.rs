//! What test keys do: it counts nowhere, reaches nobody, is seen by test keys alone, and ends after seven days.

use chrono::TimeDelta;
use contracts::retention::SubjectErased;
use serde_json::{Value, json};
use testkit::caller::Caller;
use uuid::Uuid;

use crate::support::{REPRESENTATIVES, SCOPES, World, ada, id, letter};

fn tester(world: &World) -> Caller {
    world.app.test_caller(world.owner.tenant_id, SCOPES)
}

/// Acts with a test key and confirms.
async fn tried(world: &World, campaign: Uuid) -> Value {
    let path = format!("/v1/campaigns/{campaign}/actions");
    let accepted = tester(world).post(&path, &ada()).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let accepted = accepted.json();
    assert_eq!(accepted["status"], "test");
    let url = accepted["confirm_url"].as_str().unwrap();
    let link = url.strip_prefix("https://gateway.example/confirm/").unwrap();
    assert_eq!(world.look(link).await.json()["message"]["to"], "Sam Example");
    let confirmed = world.confirm(link).await;
    assert_eq!((confirmed.status, &confirmed.json()["state"]), (200, &json!("confirmed")));
    accepted
}

async fn listed(caller: &Caller, campaign: Uuid) -> Vec<Value> {
    let list = caller.get(&format!("/v1/campaigns/{campaign}/actions")).await.json();
    list["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_of_a_test_key_can_be_confirmed_and_no_other_service_hears_of_it() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let before = world.app.outbox().await.len();
    let accepted = tried(&world, campaign).await;
    assert_eq!(world.app.outbox().await.len(), before, "no event");
    let seen = listed(&tester(&world), campaign).await;
    assert_eq!((seen.len(), &seen[0]["state"]), (1, &json!("confirmed")));
    assert_eq!(seen[0]["id"], accepted["action_id"]);
    assert_eq!(listed(&world.owner, campaign).await, Vec::<Value>::new());
    let export = world.owner.get(&format!("/v1/campaigns/{campaign}/export.csv")).await;
    assert_eq!(export.text.lines().count(), 1, "{}", export.text);
}

/// A test is neither a person's one action, nor seen beside those that count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_person_acts_for_real_after_a_test_and_before_one() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    tried(&world, campaign).await;
    let real = world.confirmed(campaign, &ada()).await;
    tried(&world, campaign).await;
    let counter = world.owner.get(&format!("/v1/campaigns/{campaign}/counter")).await.json();
    assert_eq!(counter["total"], 1);
    assert_eq!(listed(&world.owner, campaign).await[0]["id"], real.action_id.to_string());
    assert_eq!(listed(&tester(&world), campaign).await.len(), 2);
    let erased = SubjectErased { erasure_id: id(), subject_id: real.subject_id };
    world.app.deliver(world.owner.tenant_id, &erased).await.unwrap();
    assert!(listed(&tester(&world), campaign).await.is_empty(), "an erasure finds tests too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_is_deleted_after_seven_days_and_its_person_ends() {
    let mut world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    tried(&world, campaign).await;
    world.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    world.app.run_job("actions.sweep_unconfirmed").await.unwrap();
    assert!(listed(&tester(&world), campaign).await.is_empty());
    assert_eq!(world.count("SELECT count(*) FROM departures").await, 1);
}
