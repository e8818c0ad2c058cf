//! Events are published after their commit, in order, whichever replica relays them.

use std::collections::{BTreeMap, BTreeSet};

use contracts::Event as _;
use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::RunQueryDsl as _;
use kit::{
    db::{Conn, DbError},
    events::outbox,
    id::Ids,
};
use testkit::wait::eventually;
use uuid::Uuid;

use crate::{
    notes::{App, NoteWritten, Notes},
    support::{self, Shared},
};

async fn push(app: &App, tenant_id: Uuid, note_id: Uuid, number: i32) -> Uuid {
    let id = Ids.next();
    let push = async |conn: &mut Conn| {
        outbox::push(conn, id, tenant_id, &NoteWritten { note_id, number }).await
    };
    app.db.tx("test.push", tenant_id, push).await.unwrap();
    app.kit.relay.wake();
    id
}

async fn wait_for_empty_outbox(shared: &Shared) {
    eventually("an empty outbox", async || {
        let mut worker = shared.db.as_worker("notes").await;
        testkit::db::outbox(&mut worker).await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn committed_events_are_published_as_cloud_events_and_rolled_back_ones_are_not() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    let (tenant_id, note_id) = (Ids.next(), Ids.next());
    let rolled_back = async |conn: &mut Conn| -> Result<(), DbError> {
        let event = NoteWritten { note_id: Ids.next(), number: 13 };
        outbox::push(conn, Ids.next(), tenant_id, &event).await?;
        Err(DbError::Query(diesel::result::Error::RollbackTransaction))
    };
    replica.app().db.tx("test.push", tenant_id, rolled_back).await.unwrap_err();
    let id = push(replica.app(), tenant_id, note_id, 7).await;
    let last = push(replica.app(), tenant_id, note_id, 8).await;

    let reader = shared.reader(&shared.kafka.topic(NoteWritten::TOPIC));
    let records = support::read(&reader, 2).await;
    let record = &records[0];
    assert_eq!(record.key, note_id.to_string());
    assert_eq!(record.payload, serde_json::json!({ "note_id": note_id, "number": 7 }));
    let mut headers = record.headers.clone();
    let time = headers.remove("ce_time").unwrap();
    chrono::DateTime::parse_from_rfc3339(&time).unwrap();
    headers.remove("traceparent");
    let expected = [
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", id.to_string()),
        ("ce_source", "/services/notes".to_owned()),
        ("ce_type", "org.folkmoot.notes.note.written.v1".to_owned()),
        ("ce_subject", note_id.to_string()),
        ("ce_tenantid", tenant_id.to_string()),
        ("content-type", "application/json".to_owned()),
    ];
    assert_eq!(headers, expected.map(|(k, v)| (k.to_owned(), v)).into_iter().collect());
    assert_eq!(records[1].header("ce_id"), last.to_string(), "nothing was published in between");
    wait_for_empty_outbox(&shared).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_with_the_same_key_keep_their_order() {
    const EACH: i32 = 120;
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    let (tenant_id, keys) = (Ids.next(), [Ids.next(), Ids.next(), Ids.next()]);
    for number in 0..EACH {
        for key in keys {
            push(replica.app(), tenant_id, key, number).await;
        }
    }
    let reader = shared.reader(&shared.kafka.topic(NoteWritten::TOPIC));
    let mut by_key: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for record in support::read(&reader, 360).await {
        let number = record.payload["number"].as_i64().unwrap();
        by_key.entry(record.key).or_default().push(number);
    }
    let expected: Vec<i64> = (0..i64::from(EACH)).collect();
    assert_eq!(by_key.len(), 3);
    assert!(by_key.values().all(|numbers| *numbers == expected), "{by_key:?}");
}

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = sql_types::Integer)]
    pid: i32,
}

/// The connections that hold the relay's lock of this schema.
async fn leaders(shared: &Shared) -> Vec<i32> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = sql_types::Text)]
        name: String,
    }
    let mut worker = shared.db.as_worker("notes").await;
    let sql = "SELECT current_schema()::text AS name";
    let schema: Name = sql_query(sql).get_result(&mut worker).await.unwrap();
    let sql = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted \
               AND ((classid::bigint << 32) | objid::bigint) = hashtextextended($1 || '.outbox', 0)";
    let query = sql_query(sql).bind::<sql_types::Text, _>(schema.name);
    let held: Vec<Holder> = query.load(&mut support::admin().await).await.unwrap();
    held.iter().map(|held| held.pid).collect()
}

/// Waits until there is one leader, and it is not `old`.
async fn wait_for_leader(shared: &Shared, old: i32) -> i32 {
    eventually("a leader", async || match leaders(shared).await[..] {
        [leader] if leader != old => Some(leader),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_replicas_leads_and_the_other_takes_over() {
    let shared = Shared::new().await;
    let first = shared.replica().await;
    let leader = wait_for_leader(&shared, 0).await;
    let second = shared.replica().await;
    let tenant_id = Ids.next();
    let mut pushed = BTreeSet::new();
    for number in 0..20 {
        pushed.insert(push(second.app(), tenant_id, Ids.next(), number).await);
    }
    wait_for_empty_outbox(&shared).await;
    assert_eq!(leaders(&shared).await, [leader], "there is one leader at a time");

    sql_query(format!("SELECT pg_terminate_backend({leader})"))
        .execute(&mut support::admin().await)
        .await
        .unwrap();
    for number in 0..20 {
        pushed.insert(push(second.app(), tenant_id, Ids.next(), number).await);
    }
    wait_for_empty_outbox(&shared).await;
    let leader = wait_for_leader(&shared, leader).await;
    first.stop().await;
    pushed.insert(push(second.app(), tenant_id, Ids.next(), 40).await);
    wait_for_empty_outbox(&shared).await;
    wait_for_leader(&shared, 0).await;
    assert_ne!(leader, 0);

    // A relay that loses its database between Kafka's acknowledgement and the delete publishes an event again, with the
    // same id.
    let reader = shared.reader(&shared.kafka.topic(NoteWritten::TOPIC));
    let mut seen = BTreeSet::new();
    while seen.len() < pushed.len() {
        let record = support::read(&reader, 1).await.remove(0);
        seen.insert(record.header("ce_id").parse::<Uuid>().unwrap());
    }
    assert_eq!(seen, pushed);
    second.stop().await;
    assert_eq!(leaders(&shared).await, [0; 0], "a relay that has stopped is not the leader");
}

#[test]
fn consumers_list_their_topics_and_event_types() {
    use kit::service::Service as _;
    assert_eq!(Notes::consumers().topics(), ["campaigns.actions.v1"]);
    assert_eq!(Notes::consumers().event_types(), ["notes.note.shared.v1"]);
}
