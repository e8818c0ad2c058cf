//! An event that Kafka will never accept is moved out of the way of the others, and kept.

use contracts::Event;
use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::RunQueryDsl as _;
use kit::{
    db::{Conn, DbError},
    events::outbox,
    id::Ids,
};
use serde::{Deserialize, Serialize};
use testkit::wait::eventually;
use uuid::Uuid;

use crate::{
    notes::NoteWritten,
    support::{self, Shared},
};

/// Larger than the megabyte that a broker accepts by default. It is random, so that compression does not make it smaller.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Huge(String);

impl Event for Huge {
    const TYPE: &'static str = "notes.note.huge.v1";
    const TOPIC: &'static str = NoteWritten::TOPIC;
    fn key(&self) -> Uuid {
        Uuid::nil()
    }
}

#[derive(Debug, QueryableByName)]
struct Parked {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    reason: String,
    #[diesel(sql_type = sql_types::Integer)]
    length: i32,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_too_large_for_kafka_is_parked_and_does_not_block_others() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    let (huge_id, tenant_id, note_id) = (Ids.next(), Ids.next(), Ids.next());
    // In parts: an array of a megabyte would not fit on the stack of a test's thread.
    let huge = Huge((0..1_000).map(|_| Ids.token::<1_000>()).collect());
    let after = NoteWritten { note_id, number: 1 };
    let push = async |conn: &mut Conn| -> Result<(), DbError> {
        outbox::push(conn, huge_id, tenant_id, &huge).await?;
        outbox::push(conn, Ids.next(), tenant_id, &after).await
    };
    replica.app().db.tx("test.push", tenant_id, push).await.unwrap();
    let reader = shared.reader(&shared.kafka.topic(NoteWritten::TOPIC));
    let record = support::read(&reader, 1).await.remove(0);
    assert_eq!(record.key, note_id.to_string());
    let parked = eventually("the parked event", async || {
        let mut worker = shared.db.as_worker("notes").await;
        let sql = "SELECT id, reason, length(payload) AS length FROM outbox_parked";
        let rows: Vec<Parked> = sql_query(sql).load(&mut worker).await.unwrap();
        rows.into_iter().next()
    })
    .await;
    assert_eq!((parked.id, parked.reason.as_str()), (huge_id, "MessageSizeTooLarge"));
    assert_eq!(usize::try_from(parked.length).unwrap(), huge.0.len() + 2, "it is complete");
    let mut worker = shared.db.as_worker("notes").await;
    assert!(testkit::db::outbox(&mut worker).await.is_empty());
}
