//! Expiry, erasure, and links that were not used.

use chrono::TimeDelta;
use contracts::{
    campaigns::{ActionAnonymised, ActionsErased},
    retention::{ActionExpired, SubjectErased},
};
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;

use crate::support::{REPRESENTATIVES, World, ada, id, letter, petition, supporter};

const CLEARED: &str = "SELECT count(*) FROM actions WHERE state = 'anonymised' AND subject_id IS NULL
    AND name IS NULL AND email IS NULL AND postcode IS NULL AND address IS NULL AND own_words IS NULL
    AND link_hash IS NULL AND message_id IS NULL AND taken_at = date_trunc('month', taken_at, 'UTC')
    AND confirmed_at = date_trunc('month', confirmed_at, 'UTC')";

/// The old id contains the millisecond and joins the row to earlier downloads; the new one reveals nothing.
async fn assert_new_id(world: &World, campaign: Uuid, old: Uuid) {
    let listed = world.owner.get(&format!("/v1/campaigns/{campaign}/actions")).await;
    assert!(listed.text.contains("anonymised") && !listed.text.contains(&old.to_string()));
    let random =
        "SELECT count(*) FROM actions WHERE state = 'anonymised' AND substr(id::text, 15, 1) = '4'";
    assert_eq!(world.count(random).await, 1);
}

/// Promise 000-28: twelve months after it was taken an action is anonymised, and still counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_action_is_anonymised_once_and_still_counts() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let confirmed = world.confirmed(campaign, &ada()).await;
    let (action_id, subject_id) = (confirmed.action_id, confirmed.subject_id);
    let expired = ActionExpired { action_id, campaign_id: campaign, subject_id };
    for _time in 0..2 {
        world.app.deliver(world.owner.tenant_id, &expired).await.unwrap();
    }
    assert_eq!(world.count(CLEARED).await, 1);
    assert_eq!(world.count("SELECT count(*) FROM action_consents").await, 0);
    let pushed = world.pushed::<ActionAnonymised>().await;
    assert_eq!(
        (pushed.len(), pushed[0].event.action_id),
        (1, action_id),
        "the id that others know"
    );
    assert_new_id(&world, campaign, action_id).await;
    let counter = world.owner.get(&format!("/v1/campaigns/{campaign}/counter")).await.json();
    assert_eq!(counter["total"], 1);
}

/// Promise 000-34: an erased person's rows are gone or cleared, and other code than the deleter finds none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_leaves_a_count_and_nothing_else() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let confirmed = world.confirmed(campaign, &ada()).await;
    let (_, open_link) = world.acted(campaign, &ada()).await;
    let other = world.confirmed(campaign, &supporter("Grace", "grace@supporter.example")).await;
    let (erasure_id, subject_id) = (id(), confirmed.subject_id);
    world.destroy(subject_id).await;
    let erased = SubjectErased { erasure_id, subject_id };
    world.app.deliver(world.owner.tenant_id, &erased).await.unwrap();

    let event = world.pushed::<ActionsErased>().await.pop().unwrap().event;
    // One cleared, one deleted, two answers of each.
    assert_eq!(event, ActionsErased { erasure_id, subject_id, rows: 6, remaining: 0 });
    assert_eq!(world.count(CLEARED).await, 1);
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 2);
    let pushed = world.pushed::<ActionAnonymised>().await;
    let known: Vec<Uuid> = pushed.iter().map(|pushed| pushed.event.action_id).collect();
    assert_eq!(known, [confirmed.action_id], "what partners know, and no other");
    assert_new_id(&world, campaign, confirmed.action_id).await;
    assert_eq!(world.look(&open_link).await.status, 404);
    let counter = world.owner.get(&format!("/v1/campaigns/{campaign}/counter")).await.json();
    assert_eq!(counter["total"], 2);
    let export = world.owner.get(&format!("/v1/campaigns/{campaign}/export.csv")).await.text;
    assert!(export.contains(&other.action_id.to_string()) && !export.contains("Ada"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_who_acts_again_is_somebody_new() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let first = world.confirmed(campaign, &ada()).await;
    world.destroy(first.subject_id).await;
    let erased = SubjectErased { erasure_id: id(), subject_id: first.subject_id };
    world.app.deliver(world.owner.tenant_id, &erased).await.unwrap();
    let again = world.confirmed(campaign, &ada()).await;
    assert_ne!(again.subject_id, first.subject_id);
    let counter = world.owner.get(&format!("/v1/campaigns/{campaign}/counter")).await.json();
    assert_eq!(counter["total"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_key_and_sweep_an_erased_persons_page_is_gone_already() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (event, link) = world.acted(campaign, &ada()).await;
    world.destroy(event.subject_id).await;
    assert_eq!(world.look(&link).await.status, 404);
    assert_eq!(world.confirm(&link).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_confirmed_in_time_is_deleted_and_the_rest_stays() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &ada()).await;
    // A repetition of Ada's, and one nobody confirms.
    let (_, again) = world.acted(campaign, &ada()).await;
    world.confirm(&again).await;
    world.acted(campaign, &supporter("Grace", "grace@supporter.example")).await;
    world.app.run_job("actions.sweep_unconfirmed").await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 3);
    let mut sql = world.app.sql().await;
    let age = diesel::sql_query("UPDATE actions SET expires_at = now() - interval '1 second'");
    age.execute(&mut sql).await.unwrap();
    world.app.run_job("actions.sweep_unconfirmed").await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM actions WHERE state = 'confirmed'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM action_consents").await, 2);
}

/// Ends whoever has no action: at the second of two runs that are three minutes apart.
async fn end_people(world: &mut World) {
    for _run in 0..2 {
        world.app.run_job("departures.end").await.unwrap();
        world.advance(TimeDelta::minutes(3));
    }
}

async fn lapse(world: &World) {
    let mut sql = world.app.sql().await;
    let age = diesel::sql_query("UPDATE actions SET expires_at = now() - interval '1 second'");
    age.execute(&mut sql).await.unwrap();
    world.app.run_job("actions.sweep_unconfirmed").await.unwrap();
}

/// Promise 000-28: keys and index stayed for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_keys_go_with_the_last_action_that_lapses_or_is_anonymised() {
    let mut world = World::new().await;
    let campaign = world.live(&petition()).await;
    let confirmed = world.confirmed(campaign, &ada()).await;
    world.acted(campaign, &ada()).await;
    let (lapsed, _) = world.acted(campaign, &supporter("Grace", "grace@supporter.example")).await;
    lapse(&world).await;
    end_people(&mut world).await;
    assert!(world.is_destroyed(lapsed.subject_id).await);
    assert!(!world.is_destroyed(confirmed.subject_id).await, "one of two actions is left");

    let (action_id, subject_id) = (confirmed.action_id, confirmed.subject_id);
    let expired = ActionExpired { action_id, campaign_id: campaign, subject_id };
    world.app.deliver(world.owner.tenant_id, &expired).await.unwrap();
    end_people(&mut world).await;
    assert!(world.is_destroyed(subject_id).await);
    assert_eq!(world.count("SELECT count(*) FROM departures").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_acts_again_before_their_end_stays_and_can_confirm() {
    let mut world = World::new().await;
    let campaign = world.live(&petition()).await;
    for reported in [false, true] {
        let person = supporter("Ada", &format!("ada-{reported}@supporter.example"));
        let (first, _) = world.acted(campaign, &person).await;
        lapse(&world).await;
        if reported {
            world.app.run_job("departures.end").await.unwrap();
        }
        let (again, link) = world.acted(campaign, &person).await;
        assert_eq!(again.subject_id, first.subject_id);
        end_people(&mut world).await;
        assert_eq!(world.count("SELECT count(*) FROM departures").await, 0);
        assert_eq!(world.confirm(&link).await.status, 200);
    }
}
