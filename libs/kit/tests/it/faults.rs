//! What is told of a fault: never the input. And a handler that panics is a handler that fails.

use std::sync::atomic::Ordering::Relaxed;

use contracts::Event;
use kit::id::Ids;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{
    notes::{NoteShared, Trouble},
    support::{self, Shared},
};

const CANARY: &str = "canary@people.example";

/// Of the same type, but with a value that no reader of ours understands; the reader's error quotes it.
#[derive(Debug, Clone)]
struct Foreign(Uuid);

impl Serialize for Foreign {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({ "subject_id": self.0, "text": "", "trouble": CANARY })
            .serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Foreign {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
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
async fn a_dead_letter_tells_the_kind_of_its_fault_and_repeats_no_input() {
    let shared = Shared::new().await;
    let _replica = shared.replica().await;
    shared.publish(Ids.next(), Ids.next(), &Foreign(Ids.subject())).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let buried = support::read(&dead, 1).await.remove(0);
    assert!(buried.header("folkmoot_error").contains("Json Data"), "{buried:?}");
    assert!(buried.headers.values().all(|value| !value.contains(CANARY)), "{buried:?}");
    assert!(buried.payload.to_string().contains(CANARY), "the control: it was there to be told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_handler_panics_is_put_aside_and_the_next_one_is_handled() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let id = shared.share(Ids.next(), "panics", Trouble::Panics).await;
    shared.share(Ids.next(), "fine", Trouble::Nothing).await;
    shared.has_texts(&["fine"]).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let buried = support::read(&dead, 1).await.remove(0);
    assert_eq!(buried.header("ce_id"), id.to_string());
    assert_eq!(buried.header("folkmoot_error"), "Panicked");
}
