//! An event that cannot be handled becomes a dead letter with its error, delays no other, and is replayed by command.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use contracts::Event as _;
use kit::{events::dead_letters, id::Ids};
use rdkafka::producer::FutureRecord;

use crate::{
    notes::{NoteShared, Trouble},
    support::{self, Shared},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_event_is_tried_again_then_put_aside_and_replay_brings_it_back() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let tenant_id = Ids.next();
    let id = shared.share(tenant_id, "failing", Trouble::Fails).await;
    for text in ["fine 1", "fine 2"] {
        shared.share(tenant_id, text, Trouble::Nothing).await;
    }
    shared.has_texts(&["fine 1", "fine 2"]).await;

    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let buried = support::read(&dead, 1).await.remove(0);
    assert_eq!(buried.header("ce_id"), id.to_string());
    assert_eq!(buried.header("ce_type"), "org.folkmoot.notes.note.shared.v1");
    assert_eq!(buried.header("ce_tenantid"), tenant_id.to_string());
    assert_eq!(buried.header("ce_time"), "2026-05-01T10:00:00+00:00");
    assert_eq!(buried.header("folkmoot_error"), "the ink is dry");
    assert_eq!(buried.header("folkmoot_source_topic"), shared.kafka.topic(NoteShared::TOPIC));
    assert!(replica.app().tries.load(Relaxed) >= 5 + 2, "it was tried before it was given up");

    // While the error lasts a replay ends, and the event becomes a dead letter once more.
    let brought = dead_letters::replay(&shared.kafka, NoteShared::TOPIC, "notes").await.unwrap();
    assert_eq!(brought, 1);
    let again = support::read(&dead, 1).await.remove(0);
    assert_eq!(again.header("ce_id"), id.to_string());

    replica.app().broken.store(false, Relaxed);
    let brought = dead_letters::replay(&shared.kafka, NoteShared::TOPIC, "notes").await.unwrap();
    assert_eq!(brought, 1, "what an earlier replay took is not taken again");
    shared.has_texts(&["failing", "fine 1", "fine 2"]).await;
    let brought = dead_letters::replay(&shared.kafka, NoteShared::TOPIC, "notes").await.unwrap();
    assert_eq!(brought, 0);
}

/// The database would roll such a transaction back in silence, and the event with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_handler_swallowed_an_sql_error_is_not_lost() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let id = shared.share(Ids.next(), "swallowed", Trouble::SwallowsSqlError).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let buried = support::read(&dead, 1).await.remove(0);
    assert_eq!(buried.header("ce_id"), id.to_string());
    assert_eq!(shared.texts().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_no_event_is_put_aside_and_the_next_one_is_handled() {
    let shared = Shared::new().await;
    let _replica = shared.replica().await;
    let topic = shared.kafka.topic(NoteShared::TOPIC);
    let headers = rdkafka::message::OwnedHeaders::new()
        .insert(rdkafka::message::Header { key: "ce_id", value: Some("not an id") });
    let junk = FutureRecord::to(&topic).key("junk").payload("{}").headers(headers);
    let producer = shared.kafka.producer().unwrap();
    producer.send(junk, Duration::from_secs(10)).await.map_err(|(e, _)| e).unwrap();
    shared.share(Ids.next(), "after junk", Trouble::Nothing).await;
    shared.has_texts(&["after junk"]).await;
    let dead = shared.reader(&shared.kafka.dead_topic(NoteShared::TOPIC, "notes"));
    let buried = support::read(&dead, 1).await.remove(0);
    assert_eq!(buried.key, "junk");
    assert_eq!(buried.header("folkmoot_error"), "no header ce_type");
}
