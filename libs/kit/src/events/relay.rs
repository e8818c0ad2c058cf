//! The relay moves outbox rows to Kafka. Each service has one leader, and rows are deleted only after Kafka's
//! acknowledgement.
//!
//! Leadership is a session-level advisory lock on a separate connection. There is no cursor over `seq`: it would miss
//! rows that commit late, since the numbers are assigned before the commit. No transaction is open while waiting for
//! Kafka.

use std::{sync::Arc, time::Duration};

use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use rdkafka::{
    error::KafkaError,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
    types::RDKafkaErrorCode as Code,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::figures::Parked;
use crate::{
    db::{Conn, Db, DbError},
    events::{
        kafka::{self, Kafka},
        outbox::outbox,
        spans,
    },
    telemetry::{self, spans::Span},
};

mod figures;

/// Most rows in a batch. About 500 was fastest when this was measured.
const BATCH: i64 = 500;
/// Wait for further commits after the first one. Fewer, larger batches cost the database, the broker and every consumer
/// less, and an email can wait this long.
const BATCH_WAIT: Duration = Duration::from_millis(10);
/// Wait before the outbox is read although nothing woke the relay, for rows of a crashed process or another replica.
const IDLE_POLL: Duration = Duration::from_millis(200);
/// How long the current batch may take at a shutdown. A broker that is available needs milliseconds.
const STOP_WAIT: Duration = Duration::from_secs(2);
/// Wait before another attempt to become the leader, and after an error.
const RETRY: Duration = Duration::from_secs(1);

/// Wakes the relay of this process right after a commit. NOTIFY is not used, since it makes commits wait for each other.
#[derive(Clone, Default, Debug)]
pub struct RelayWaker(Arc<Notify>);

impl RelayWaker {
    /// Makes the relay read the outbox now.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

#[derive(Queryable)]
struct Row {
    seq: i64,
    id: Uuid,
    tenant_id: Uuid,
    topic: String,
    key: Uuid,
    kind: String,
    payload: String,
    traceparent: Option<String>,
    created_at: chrono::DateTime<chrono::Utc>,
}

/// Publishes until `stop`, whenever this replica is the leader.
pub(crate) async fn run(
    service: &'static str,
    db: Db,
    kafka: Kafka,
    wake: RelayWaker,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        if let Err(error) = lead(service, &db, &kafka, &wake, &stop).await {
            tracing::warn!(service, %error, "outbox relay failed; restarting");
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = stop.cancelled() => {}
        }
    }
    figures::follows(service);
}

async fn lead(
    service: &'static str,
    db: &Db,
    kafka: &Kafka,
    wake: &RelayWaker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut conn = db.direct().await.inspect_err(|_| figures::follows(service))?;
    if !try_lock(&mut conn).await? {
        figures::follows(service);
        return Ok(());
    }
    let producer = kafka.producer()?;
    tracing::debug!(service, "became outbox relay leader");
    figures::leads(service);
    let outcome = tokio::select! {
        outcome = publish(service, &mut conn, kafka, &producer, wake, stop) => outcome,
        // The next leader publishes the current batch again. Consumers expect duplicates, but not losses.
        () = async { stop.cancelled().await; tokio::time::sleep(STOP_WAIT).await } => Ok(()),
    };
    kafka::close(producer).await;
    outcome
}

async fn publish(
    service: &'static str,
    conn: &mut Conn,
    kafka: &Kafka,
    producer: &FutureProducer,
    wake: &RelayWaker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut parked = Parked::default();
    while !stop.is_cancelled() {
        parked.count(service, conn).await?;
        let sent = publish_batch(service, conn, kafka, producer).await?;
        if sent < BATCH {
            tokio::select! {
                () = wake.0.notified() => tokio::time::sleep(BATCH_WAIT).await,
                () = tokio::time::sleep(IDLE_POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }
    Ok(())
}

async fn try_lock(conn: &mut Conn) -> Result<bool, DbError> {
    let lock = diesel::dsl::sql::<sql_types::Bool>(
        "pg_try_advisory_lock(hashtextextended(current_schema() || '.outbox', 0))",
    );
    Ok(diesel::select(lock).get_result(conn).await?)
}

async fn publish_batch(
    service: &'static str,
    conn: &mut Conn,
    kafka: &Kafka,
    producer: &FutureProducer,
) -> anyhow::Result<i64> {
    let rows: Vec<Row> = outbox::table.order(outbox::seq).limit(BATCH).load(conn).await?;
    let age = rows
        .as_slice()
        .first()
        .map_or(0.0, |row| telemetry::seconds_since(row.created_at.timestamp_millis()));
    figures::set_oldest_age(service, age);
    let Ok(count) = i64::try_from(rows.len()) else { return Ok(0) };
    if count == 0 {
        return Ok(0);
    }
    let outcomes = join_all(rows.iter().map(|row| send(service, kafka, producer, row))).await;
    let sent = rows.iter().zip(&outcomes).filter(|(_, sent)| sent.is_ok());
    let acknowledged: Vec<i64> = sent.map(|(row, _)| row.seq).collect();
    diesel::delete(outbox::table.filter(outbox::seq.eq_any(&acknowledged))).execute(conn).await?;
    let mut failed = None;
    for (row, outcome) in rows.iter().zip(outcomes) {
        match outcome {
            Ok(()) => {}
            Err(error) if is_rejection(&error) => park(service, conn, row, &error).await?,
            Err(error) => failed = Some(error),
        }
    }
    if let Some(error) = failed {
        anyhow::bail!("Kafka did not accept an event: {error}");
    }
    Ok(count)
}

/// Whether Kafka will never accept this record. Other errors may be outages or wrong settings, which pass.
fn is_rejection(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::MessageSizeTooLarge
                | Code::InvalidMessageSize
                | Code::InvalidMessage
                | Code::BadMessage
                | Code::InvalidRecord
        )
    )
}

/// The name of librdkafka's error code.
fn error_type(error: &KafkaError) -> String {
    error.rdkafka_error_code().map(|code| format!("{code:?}")).unwrap_or_default()
}

/// Moves a rejected row out of the outbox. It would not block the others by itself, but a whole batch of such rows would.
async fn park(
    service: &'static str,
    conn: &mut Conn,
    row: &Row,
    error: &KafkaError,
) -> Result<(), DbError> {
    let reason = error_type(error);
    tracing::error!(service, event = %row.id, kind = row.kind, reason, "Kafka rejected an event; parked");
    metrics::counter!("folkmoot_outbox_parked_total", "service" => service).increment(1);
    diesel::sql_query(
        "WITH rejected AS (DELETE FROM outbox WHERE seq = $1 RETURNING *)
         INSERT INTO outbox_parked (seq, id, tenant_id, topic, key, type, payload, traceparent, created_at, reason)
         SELECT seq, id, tenant_id, topic, key, type, payload, traceparent, created_at, $2 FROM rejected",
    )
    .bind::<sql_types::BigInt, _>(row.seq)
    .bind::<sql_types::Text, _>(reason)
    .execute(conn)
    .await?;
    Ok(())
}

/// Sends a row, in the trace that it was written in.
async fn send(
    service: &'static str,
    kafka: &Kafka,
    producer: &FutureProducer,
    row: &Row,
) -> Result<(), KafkaError> {
    let topic = kafka.topic(&row.topic);
    let span = row.traceparent.as_deref();
    let span = span.map(|parent| spans::send(service, &topic, row.id, &row.kind, parent));
    // If no traces are sent here, the consumer continues the trace of the row.
    let traceparent = span.as_ref().and_then(Span::traceparent).or_else(|| row.traceparent.clone());
    let headers = headers(service, row, traceparent.as_deref());
    let key = row.key.to_string();
    let record = FutureRecord::to(&topic).key(&key).payload(&row.payload).headers(headers);
    let sent = producer.send(record, Duration::from_secs(10)).await;
    if let Err((error, _)) = sent {
        if let Some(span) = span {
            span.fail(error_type(&error));
        }
        return Err(error);
    }
    metrics::counter!("folkmoot_outbox_published_total", "service" => service).increment(1);
    Ok(())
}

/// `CloudEvents` 1.0, Kafka binary binding: attributes as `ce_*` headers, data as value.
fn headers(service: &str, row: &Row, traceparent: Option<&str>) -> OwnedHeaders {
    let headers = OwnedHeaders::new()
        .insert(header("ce_specversion", "1.0"))
        .insert(header("ce_id", &row.id.to_string()))
        .insert(header("ce_source", &format!("/services/{service}")))
        .insert(header("ce_type", &format!("org.folkmoot.{}", row.kind)))
        .insert(header("ce_subject", &row.key.to_string()))
        .insert(header("ce_time", &row.created_at.to_rfc3339()))
        .insert(header("ce_tenantid", &row.tenant_id.to_string()))
        .insert(header("content-type", "application/json"));
    match traceparent {
        Some(traceparent) => headers.insert(header("traceparent", traceparent)),
        None => headers,
    }
}

fn header<'a>(key: &'a str, value: &'a str) -> Header<'a, &'a str> {
    Header { key, value: Some(value) }
}
