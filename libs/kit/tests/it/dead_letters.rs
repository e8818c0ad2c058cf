//! An event that cannot be handled becomes a dead letter with its error, does not delay others, and can be replayed.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use contracts::Event;
use kit::{events::dead_letters, id::Ids};
use rdkafka::producer::FutureRecord;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{
    notes::{NoteShared, Trouble},
    support::{self, Shared},
};

const CANARY: &str = "canary@people.example";

/// An event of the same type with a value that cannot be parsed, and that the parser's error quotes.
#[derive(Debug, Clone)]
struct Foreign(Uuid);

impl Serialize for Foreign {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({ "subject_id": self.0, "text": "", "trouble": CANARY })
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Foreign {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self(Uuid::nil()))
    }
}

impl Event for Foreign {
    const TYPE: &'static str = NoteShared::TYPE;
    const TOPIC: &'static str = NoteShared::TOPIC;
    fn key(&self) -> Uuid {
        self.0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_event_is_retried_then_becomes_a_dead_letter_and_can_be_replayed() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let tenant_id = Ids.next();
    let id = shared.share(tenant_id, "failing", Trouble::Fails).await;
    for text in ["fine 1", "fine 2"] {
        shared.share(tenant_id, text, Trouble::Nothing).await;
    }
    shared.wait_for_texts(&["fine 1", "fine 2"]).await;

    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let letter = support::read(&dead, 1).await.remove(0);
    assert_eq!(letter.header("ce_id"), id.to_string());
    assert_eq!(letter.header("ce_type"), "org.folkmoot.notes.note.shared.v1");
    assert_eq!(letter.header("ce_tenantid"), tenant_id.to_string());
    assert_eq!(letter.header("ce_time"), "2026-05-01T10:00:00+00:00");
    assert_eq!(letter.header("folkmoot_error"), "the handler failed");
    assert_eq!(letter.header("folkmoot_source_topic"), shared.kafka.topic(NoteShared::TOPIC));
    assert!(replica.app().attempts.load(Relaxed) >= 5 + 2, "it was retried first");

    // While the error persists, a replay ends, and the event becomes a dead letter again.
    let replayed = dead_letters::replay(&shared.kafka, NoteShared::TOPIC, "notes").await.unwrap();
    assert_eq!(replayed, 1);
    let again = support::read(&dead, 1).await.remove(0);
    assert_eq!(again.header("ce_id"), id.to_string());

    replica.app().broken.store(false, Relaxed);
    let replayed = dead_letters::replay(&shared.kafka, NoteShared::TOPIC, "notes").await.unwrap();
    assert_eq!(replayed, 1, "an earlier replay's dead letter is not replayed again");
    shared.wait_for_texts(&["failing", "fine 1", "fine 2"]).await;
    let replayed = dead_letters::replay(&shared.kafka, NoteShared::TOPIC, "notes").await.unwrap();
    assert_eq!(replayed, 0);
}

/// The database would silently roll back such a transaction, and the event would be lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_handler_ignores_an_sql_error_is_not_lost() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let id = shared.share(Ids.next(), "ignored", Trouble::IgnoresSqlError).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let letter = support::read(&dead, 1).await.remove(0);
    assert_eq!(letter.header("ce_id"), id.to_string());
    assert_eq!(shared.texts().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_not_an_event_becomes_a_dead_letter_and_the_next_one_is_handled() {
    let shared = Shared::new().await;
    let _replica = shared.replica().await;
    let topic = shared.kafka.topic(NoteShared::TOPIC);
    let headers = rdkafka::message::OwnedHeaders::new()
        .insert(rdkafka::message::Header { key: "ce_id", value: Some("not an id") });
    let junk = FutureRecord::to(&topic).key("junk").payload("{}").headers(headers);
    let producer = shared.kafka.producer().unwrap();
    producer.send(junk, Duration::from_secs(10)).await.map_err(|(e, _)| e).unwrap();
    shared.share(Ids.next(), "after junk", Trouble::Nothing).await;
    shared.wait_for_texts(&["after junk"]).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let letter = support::read(&dead, 1).await.remove(0);
    assert_eq!(letter.key, "junk");
    assert_eq!(letter.header("folkmoot_error"), "no header ce_type");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_error_of_a_dead_letter_names_its_kind_and_repeats_no_input() {
    let shared = Shared::new().await;
    let _replica = shared.replica().await;
    shared.publish(Ids.next(), Ids.next(), &Foreign(Ids.subject())).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let letter = support::read(&dead, 1).await.remove(0);
    assert!(letter.header("folkmoot_error").contains("Json Data"), "{letter:?}");
    assert!(letter.headers.values().all(|value| !value.contains(CANARY)), "{letter:?}");
    assert!(
        letter.payload.to_string().contains(CANARY),
        "the test is valid only if the input has it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_handler_panics_becomes_a_dead_letter_and_the_next_one_is_handled() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let id = shared.share(Ids.next(), "panics", Trouble::Panics).await;
    shared.share(Ids.next(), "fine", Trouble::Nothing).await;
    shared.wait_for_texts(&["fine"]).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let letter = support::read(&dead, 1).await.remove(0);
    assert_eq!(letter.header("ce_id"), id.to_string());
    assert_eq!(letter.header("folkmoot_error"), "Panicked");
}
