//! The page behind the link.

use chrono::TimeDelta;
use contracts::{
    campaigns::{ActionConfirmed, MessageComposed},
    messaging::DeliveryState,
};
use serde_json::{Value, json};

use crate::support::{OXFORD, REPRESENTATIVES, World, ada, code, letter, petition, supporter};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_changes_nothing_and_confirming_counts_and_writes_to_the_representative() {
    let world = World::new().await;
    assert_eq!(world.import(REPRESENTATIVES).await.status, 200);
    let campaign = world.live(&letter()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let before = world.footprint().await;
    let shown = world.look(&link).await;
    let page = shown.json();
    assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
    assert_eq!(page["state"], "submitted");
    assert_eq!(
        page["supporter"],
        json!({ "name": "Ada Lovelace", "email": "ada@supporter.example" })
    );
    assert_eq!(page["campaign"]["organisation"], "Trees Now");
    assert_eq!(page["consents"].as_array().unwrap().len(), 2);
    assert_eq!(page["message"]["to"], "Sam Example");
    assert!(!shown.text.contains("office.example.invalid"));
    assert_eq!(world.footprint().await, before);

    let done = world.confirm(&link).await.json();
    assert_eq!((&done["state"], &done["message"]), (&json!("confirmed"), &page["message"]));
    let confirmed = &world.pushed::<ActionConfirmed>().await[0].event;
    assert_eq!(confirmed.constituency.as_deref(), Some(OXFORD));
    let (event, [from_name, reply_to, subject, body]) = world.message().await;
    assert_eq!(event.target_email, "sam@office.example.invalid");
    assert_eq!(event.language.as_deref(), Some("en"));
    assert_eq!((from_name.as_str(), reply_to.as_str()), ("Ada Lovelace", "ada@supporter.example"));
    assert_eq!(subject, "Trees in Oxford East");
    let expected = "Ada Lovelace\n1 High Street\nOxford\nOX1 1AA\n\nDear Sam Example,\n\nI like oaks.\n\nYours, Ada Lovelace";
    assert_eq!(body, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_keeps_names_as_typed_and_prints_nothing_for_what_is_missing() {
    let world = World::new().await;
    let file = REPRESENTATIVES.replace("Sam Example", "Pat O'Brien");
    assert_eq!(world.import(&file).await.status, 200);
    let mut campaign = letter();
    campaign["message"]["body"] = json!(
        "{{ salutation }},\n{{ own_words or 'Please plant trees.' }}\n{% if own_words %}{{ own_words }}{% endif %}{{ supporter_name }}"
    );
    let campaign = world.live(&campaign).await;
    let mut sian = supporter("Siân O'Brien", "sian@supporter.example");
    sian.as_object_mut().unwrap().remove("own_words");
    let (_, link) = world.acted(campaign, &sian).await;
    assert_eq!(world.confirm(&link).await.status, 200);
    let (_, [from_name, _, _, body]) = world.message().await;
    assert_eq!(from_name, "Siân O'Brien");
    let expected = "Siân O'Brien\n1 High Street\nOxford\nOX1 1AA\n\nDear Pat O'Brien,\nPlease plant trees.\nSiân O'Brien";
    assert_eq!(body, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirming_again_changes_nothing() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let (first, second) = (world.confirm(&link).await, world.confirm(&link).await);
    assert_eq!((second.status, first.json()), (200, second.json()));
    assert_eq!(world.pushed::<ActionConfirmed>().await.len(), 1);
    assert_eq!(world.pushed::<MessageComposed>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_second_action_says_that_nothing_more_is_counted_or_sent() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let (_, first) = world.acted(campaign, &ada()).await;
    // The same mailbox in another spelling, and with other words: perhaps somebody else of the household.
    let mut other = supporter("Anne Lovelace", "ADA@supporter.example");
    other["own_words"] = json!("I like elms.");
    let (_, second) = world.acted(campaign, &other).await;
    assert_eq!(world.look(&second).await.json()["state"], "submitted");
    let first = world.confirm(&first).await.json();
    for answer in [world.look(&second).await, world.confirm(&second).await] {
        let page = answer.json();
        assert_eq!((answer.status, page["state"].as_str()), (200, Some("repeated")));
        assert_eq!(page["confirmed_at"], first["confirmed_at"], "that of the action that counts");
        assert_eq!((&page["message"], &page["message_state"]), (&json!(null), &json!("composed")));
    }
    assert_eq!(world.pushed::<ActionConfirmed>().await.len(), 1);
    assert_eq!(world.pushed::<MessageComposed>().await.len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM actions WHERE state = 'confirmed'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_what_became_of_the_message() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let (_, repeated) = world.acted(campaign, &ada()).await;
    assert_eq!(world.confirm(&link).await.json()["message_state"], "composed");
    let message = world.message().await.0;
    for (state, expected) in [
        (DeliveryState::Unknown, "unknown"),
        (DeliveryState::Failed, "failed"),
        (DeliveryState::Sent, "sent"),
    ] {
        let event = world.recorded(&message, state);
        world.app.deliver(world.owner.tenant_id, &event).await.unwrap();
        for link in [&link, &repeated] {
            assert_eq!(world.look(link).await.json()["message_state"], expected);
        }
    }
}

/// After another import the current register says nothing about whom an earlier message went to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_went_to_a_former_representative_is_not_shown_as_one_to_the_successor() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    assert_eq!(world.confirm(&link).await.json()["message"]["to"], "Sam Example");
    assert_eq!(world.look(&link).await.json()["message"]["to"], "Sam Example");
    world.import(&REPRESENTATIVES.replace("Sam Example", "Kim Successor")).await;
    let page = world.look(&link).await.json();
    assert_eq!((&page["message"], &page["message_state"]), (&json!(null), &json!("composed")));
}

/// Nobody sends what they did not read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_changed_since_it_was_shown_is_not_sent() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let shown = world.look(&link).await;
    world.import(&REPRESENTATIVES.replace("Sam Example", "Kim Successor")).await;
    let before = world.footprint().await;
    let answer = world.press(&link, &shown).await;
    assert_eq!(code(&answer), (409, "confirmation_changed".into()));
    let changed: Vec<Value> =
        answer.json()["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(changed, ["/message/to", "/message/body"]);
    assert_eq!(world.footprint().await, before);
    assert_eq!(world.confirm(&link).await.json()["message"]["to"], "Kim Successor");
    assert_eq!(world.press(&link, &shown).await.status, 200, "nothing is left to confirm");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_constituency_found_since_the_page_was_shown_is_shown_first() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    world.postcodes.down(true);
    let (_, link) = world.acted(campaign, &ada()).await;
    let shown = world.look(&link).await;
    assert_eq!(shown.json()["message_state"], "waiting");
    world.postcodes.down(false);
    world.app.run_job("actions.resolve_places").await.unwrap();
    assert_eq!(code(&world.press(&link, &shown).await), (409, "confirmation_changed".into()));
    assert_eq!(world.confirm(&link).await.json()["message_state"], "composed");
}

/// Mail scanners follow links, and some press buttons; none looks for as long as a person does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_presses_at_once_or_without_looking_confirms_nothing() {
    let world = World::with_pause("2000").await;
    let campaign = world.live(&petition()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let (_, other) = world.acted(campaign, &supporter("Grace", "grace@supporter.example")).await;
    let (shown, other) = (world.look(&link).await, world.look(&other).await);
    let before = world.footprint().await;
    let path = format!("/v1/confirmations/{link}");
    let refused = async |token: Value| {
        let answer = world.owner.post(&path, &json!({ "token": token })).await;
        assert_eq!(code(&answer), (409, "confirmation_unread".into()), "{token}");
        assert_eq!(answer.header("retry-after"), "2");
    };
    refused(shown.json()["token"].clone()).await;
    world.app.clock.advance(TimeDelta::seconds(2));
    for token in [Value::Null, json!(""), json!("A".repeat(200)), other.json()["token"].clone()] {
        refused(token).await;
    }
    assert_eq!(world.footprint().await, before);
    assert_eq!(world.press(&link, &shown).await.json()["state"], "confirmed");
    assert_eq!(world.look(&link).await.json()["token"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_confirmations_at_the_same_moment_count_once() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (_, first) = world.acted(campaign, &ada()).await;
    let (_, second) = world.acted(campaign, &ada()).await;
    let (one, two, three) =
        tokio::join!(world.confirm(&first), world.confirm(&second), world.confirm(&first));
    assert_eq!((one.status, two.status, three.status), (200, 200, 200));
    assert_eq!(world.pushed::<ActionConfirmed>().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_uses_my_address_blocks_nobody() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.acted(campaign, &supporter("Mallory", "ada@supporter.example")).await;
    world.confirmed(campaign, &ada()).await;
    assert_eq!(world.count("SELECT count(*) FROM actions WHERE state = 'confirmed'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_constituency_without_representative_is_reported_at_once_and_changes_nothing() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let mut body = ada();
    body["postcode"] = json!("OX9 9ZZ");
    let answer = world.act(campaign, &body).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let error = &answer.json()["errors"][0];
    assert_eq!(
        (&error["pointer"], &error["code"]),
        (&json!("/postcode"), &json!("no_representative"))
    );
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 0);
    let petition = world.live(&petition()).await;
    assert_eq!(world.act(petition, &body).await.status, 202, "a petition writes to nobody");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_links_lead_nowhere() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (event, link) = world.acted(campaign, &ada()).await;
    for unknown in ["x", &"A".repeat(43), &format!("{link}x")] {
        assert_eq!(code(&world.look(unknown).await), (404, "link_gone".into()));
        assert_eq!(code(&world.confirm(unknown).await), (404, "link_gone".into()));
    }
    // Another tenant's token does not reach it either.
    let stranger = world.app.caller(&["confirmations:link"]);
    assert_eq!(stranger.get(&format!("/v1/confirmations/{link}")).await.status, 404);
    assert_eq!(event.expires_at - event.taken_at, chrono::Duration::days(7));
    let mut sql = world.app.sql().await;
    let age = diesel::sql_query("UPDATE actions SET expires_at = now() - interval '1 second'");
    diesel_async::RunQueryDsl::execute(age, &mut sql).await.unwrap();
    assert_eq!(code(&world.look(&link).await), (410, "link_gone".into()));
    assert_eq!(code(&world.confirm(&link).await), (410, "link_gone".into()));
    assert!(world.pushed::<ActionConfirmed>().await.is_empty());
}

/// In an upgrade, gateways of the release before call this one for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_of_the_release_before_confirms_without_a_token() {
    let world = World::new().await;
    world.import(REPRESENTATIVES).await;
    let campaign = world.live(&letter()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    let path = format!("/v1/confirmations/{link}");
    let bare = world.owner.request(reqwest::Method::POST, &path);
    let page = world.owner.send(bare).await;
    assert_eq!((page.status, page.json()["state"].as_str()), (200, Some("confirmed")));
}
