//! Where supporters live, and what happens while the postcodes service is unavailable.

use contracts::campaigns::{ActionConfirmed, MessageComposed};
use diesel_async::RunQueryDsl as _;
use serde_json::json;

use crate::support::{
    OXFORD, REPRESENTATIVES, World, ada, code, invalid_fields, letter, supporter,
};

const PENDING: &str = "SELECT count(*) FROM actions WHERE place_pending";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_sees_who_will_be_written_to_and_not_their_address() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let ask = async |postcode: &str| {
        world.owner.get(&format!("/v1/campaigns/{campaign}/targets{postcode}")).await
    };
    let answer = ask("?postcode=OX1%201AA").await;
    let expected = json!({
        "constituency": { "gss_code": OXFORD, "name": "Oxford East" },
        "alternatives": [{ "gss_code": "E14009999", "name": "Nowhere North" }],
        "representatives": [{ "name": "Sam Example", "party": "Green" }],
        "problem": null,
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    assert_eq!(ask("?postcode=GY11AA").await.json()["constituency"], json!(null));
    assert_eq!(
        invalid_fields(&ask("?postcode=x").await),
        [("postcode".into(), "malformed".into())]
    );
    assert_eq!(
        invalid_fields(&ask("?postcode=ZZ99ZZ").await),
        [("postcode".into(), "unknown".into())]
    );
    assert_eq!(invalid_fields(&ask("").await), [("postcode".into(), "required".into())]);
    world.postcodes.down(true);
    assert_eq!(code(&ask("?postcode=OX11AA").await), (503, "unavailable".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_taken_while_postcodes_is_unavailable_is_resolved_before_it_is_confirmed() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    world.postcodes.down(true);
    let (_, link) = world.acted(campaign, &ada()).await;
    assert_eq!(world.count(PENDING).await, 1);
    world.app.run_job("actions.resolve_places").await.unwrap();
    assert_eq!(world.count(PENDING).await, 1);
    world.postcodes.down(false);
    world.app.run_job("actions.resolve_places").await.unwrap();
    assert_eq!(world.count(PENDING).await, 0);
    assert!(world.pushed::<MessageComposed>().await.is_empty());
    world.confirm(&link).await;
    let confirmed = &world.pushed::<ActionConfirmed>().await[0].event;
    assert_eq!(confirmed.constituency.as_deref(), Some(OXFORD));
    assert_eq!(world.pushed::<MessageComposed>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_confirmed_while_postcodes_is_unavailable_is_sent_once_it_is_back() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    world.postcodes.down(true);
    let (_, link) = world.acted(campaign, &ada()).await;
    let done = world.confirm(&link).await.json();
    assert_eq!((&done["state"], &done["message_state"]), (&json!("confirmed"), &json!("waiting")));
    assert!(world.pushed::<MessageComposed>().await.is_empty());
    world.postcodes.down(false);
    for _time in 0..2 {
        world.app.run_job("actions.resolve_places").await.unwrap();
    }
    let (_, [_, _, subject, _]) = world.message().await;
    assert_eq!(subject, "Trees in Oxford East");
    assert_eq!(world.look(&link).await.json()["message_state"], "composed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postcode_found_unknown_later_settles_without_a_target() {
    let world = World::new().await;
    let campaign = world.live(&letter()).await;
    world.postcodes.down(true);
    let mut body = ada();
    body["postcode"] = json!("ZZ9 9ZZ");
    let (_, link) = world.acted(campaign, &body).await;
    world.confirm(&link).await;
    world.postcodes.down(false);
    world.app.run_job("actions.resolve_places").await.unwrap();
    assert_eq!(world.count(PENDING).await, 0);
    assert_eq!(world.look(&link).await.json()["message_state"], "no_target");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_action_that_nobody_can_open_does_not_keep_the_others_waiting() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    world.postcodes.down(true);
    let (poison, _) = world.acted(campaign, &ada()).await;
    world.acted(campaign, &supporter("Grace", "grace@supporter.example")).await;
    let mut sql = world.app.sql().await;
    let spoil = diesel::sql_query("UPDATE actions SET postcode = email WHERE id = $1")
        .bind::<diesel::sql_types::Uuid, _>(poison.action_id);
    assert_eq!(spoil.execute(&mut sql).await.unwrap(), 1);
    world.postcodes.down(false);
    world.app.run_job("actions.resolve_places").await.unwrap();
    assert_eq!(world.count(PENDING).await, 1, "the spoilt one, which is older");
}
