//! A supporter acts.

use contracts::{Event as _, campaigns::ActionSubmitted, keyring::Compartment};
use diesel::sql_query;
use diesel_async::RunQueryDsl as _;
use serde_json::{Value, json};
use testkit::sql;

use crate::support::{OXFORD, World, ada, code, opened, petition};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_is_stored_sealed_with_its_event_and_the_answer_says_what_is_next() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let answer = world.act(campaign, &ada()).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.json()["status"], "confirmation_sent");
    assert_eq!(answer.json()["controller_policy_url"], "https://trees.example/privacy");
    let pushed = world.pushed::<ActionSubmitted>().await;
    let (id, event) = (pushed[0].id, &pushed[0].event);
    assert_eq!(event.organisation, "Trees Now");
    assert_eq!(event.expires_at - event.taken_at, chrono::Duration::days(7));
    let key = world.key(world.owner.tenant_id, event.subject_id, Compartment::Message).await;
    let kind = ActionSubmitted::TYPE;
    assert_eq!(opened(&key, "email", id, kind, &event.email), "ada@supporter.example");
    assert_eq!(opened(&key, "name", id, kind, &event.name), "Ada Lovelace");
    assert_eq!(
        world.count("SELECT count(*) FROM action_consents WHERE wording_version = 2").await,
        2
    );
    let query = format!(
        "SELECT count(*) FROM actions WHERE constituency = '{OXFORD}' AND NOT place_pending"
    );
    assert_eq!(world.count(&query).await, 1);
}

/// Promise 000-05: nothing a person typed reaches a disk unsealed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_supporter_typed_stands_nowhere_in_plain_text() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (_, link) = world.acted(campaign, &ada()).await;
    for canary in ["Lovelace", "ada@", "OX1", "High Street", "oaks", link.as_str()] {
        assert_eq!(tables_with(&world, canary).await, [""; 0], "{canary}");
    }
    // The search finds what is not sealed, in a binary column and in a text.
    let plant = "UPDATE actions SET own_words = convert_to('planted', 'UTF8')";
    sql_query(plant).execute(&mut world.app.sql().await).await.unwrap();
    assert_eq!(tables_with(&world, "planted").await, ["actions"]);
    assert_eq!(tables_with(&world, "Plant more trees").await, ["outbox"]);
}

/// Tables of a supporter's data in which a text stands, as it is or as the hexadecimal of a binary column.
async fn tables_with(world: &World, text: &str) -> Vec<&'static str> {
    let hex: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hex = hex.concat();
    let mut found = Vec::new();
    for table in ["actions", "action_consents", "outbox", "idempotency"] {
        let query = format!("SELECT {table}::text FROM {table}");
        let rows = sql::texts(&mut world.app.sql().await, &query).await;
        if rows.iter().any(|row| row.contains(text) || row.contains(&hex)) {
            found.push(table);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acting_twice_is_answered_the_same_and_reveals_nothing() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.confirmed(campaign, &ada()).await;
    let shape = |body: Value| {
        let mut body = body;
        body["action_id"] = json!("any");
        body
    };
    let (first, second) = (world.act(campaign, &ada()).await, world.act(campaign, &ada()).await);
    assert_eq!(first.status, second.status);
    assert_ne!(first.json()["action_id"], second.json()["action_id"]);
    assert_eq!(shape(first.json()), shape(second.json()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restricted_person_is_answered_like_everybody_and_nothing_is_stored() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let (event, _) = world.acted(campaign, &ada()).await;
    world.app.fakes.keyring.lock().unwrap().restricted.insert(event.subject_id);
    let before = world.footprint().await;
    let answer = world.act(campaign, &ada()).await;
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("confirmation_sent")));
    assert_eq!(world.footprint().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_sent_twice_with_its_key_acts_once() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    let path = format!("/v1/campaigns/{campaign}/actions");
    let send = async |body: &Value| {
        let request = world.owner.request(reqwest::Method::POST, &path);
        world.owner.send(request.header("idempotency-key", "k-1").json(body)).await
    };
    let (first, second) = (send(&ada()).await, send(&ada()).await);
    assert_eq!((first.status, &first.text), (202, &second.text));
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 1);
    let mut other = ada();
    other["name"] = json!("Grace Hopper");
    assert_eq!(code(&send(&other).await), (422, "idempotency_key_reused".into()));
    assert_eq!(world.count("SELECT count(*) FROM actions").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_keyring_nothing_is_stored_and_the_answer_says_when_to_come_back() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    world.app.fakes.keyring.lock().unwrap().down = true;
    let before = world.footprint().await;
    let answer = world.act(campaign, &ada()).await;
    assert_eq!(code(&answer), (503, "unavailable".into()));
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(world.footprint().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_pages_and_holds_no_personal_data() {
    let world = World::new().await;
    let campaign = world.live(&petition()).await;
    for n in 0..3 {
        let body = crate::support::supporter("Ada Lovelace", &format!("ada{n}@supporter.example"));
        world.acted(campaign, &body).await;
    }
    let path = format!("/v1/campaigns/{campaign}/actions?limit=2");
    let first = world.owner.get(&path).await;
    assert_eq!(first.json()["data"].as_array().unwrap().len(), 2);
    assert!(!first.text.contains("Ada") && !first.text.contains("OX1"));
    let next = first.json()["page"]["next"].as_str().unwrap().to_owned();
    let second = world.owner.get(&format!("{path}&cursor={next}")).await.json();
    assert_eq!(
        (second["data"].as_array().unwrap().len(), &second["page"]["has_more"]),
        (1, &json!(false))
    );
}
