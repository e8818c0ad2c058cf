//! Group commit: what several requests of a tenant write at the same moment goes into one transaction.
//!
//! Each is answered after the commit. If the transaction fails by what one of them wrote, each is tried alone, so that none
//! fails by another's. Nothing waits to be joined: a group is what came while earlier groups were being written
//! (docs/adr/0029-group-commit.md).

use std::{collections::HashMap, mem, sync::Arc};

use futures_util::future::{BoxFuture, join_all};
use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

use super::{Conn, Db, DbError};
use crate::{
    tasks,
    telemetry::{
        propagation::current_traceparent,
        spans::{Span, SpanKind},
    },
};

/// Most items of a group.
const MAX_ITEMS: usize = 64;
/// Groups that are written at once. More of them would be smaller.
const IN_FLIGHT: usize = 2;
/// Most items that wait. Whoever comes then waits for a place.
const QUEUE: usize = 1_000;

/// Writes items of one tenant, in a transaction of that tenant.
pub type Write<T> = for<'a> fn(&'a Conn, &'a [T]) -> BoxFuture<'a, Result<(), DbError>>;

type Reply = oneshot::Sender<Result<(), DbError>>;

/// Takes items and has them written in groups.
pub struct Group<T> {
    writer: Arc<Writer<T>>,
    queue: mpsc::Sender<Entry<T>>,
}

struct Writer<T> {
    db: Db,
    /// The name of its transactions.
    name: &'static str,
    write: Write<T>,
}

struct Entry<T> {
    tenant_id: Uuid,
    item: T,
    traceparent: Option<String>,
    reply: Reply,
}

impl<T: Send + Sync + 'static> Group<T> {
    /// Starts the task that writes, on the current runtime. `name` is that of the transactions.
    pub fn new(db: Db, name: &'static str, write: Write<T>) -> Self {
        let writer = Arc::new(Writer { db, name, write });
        let (queue, entries) = mpsc::channel(QUEUE);
        tasks::spawn(name, run(writer.clone(), entries));
        Self { writer, queue }
    }

    /// Writes an item together with those of others. It may be written even if this future is dropped.
    pub async fn write(&self, tenant_id: Uuid, item: T) -> Result<(), DbError> {
        let (reply, result) = oneshot::channel();
        let entry = Entry { tenant_id, item, traceparent: current_traceparent(), reply };
        self.queue.send(entry).await.map_err(|_ended| self.ended())?;
        result.await.map_err(|_ended| self.ended())?
    }

    /// Writes an item alone, in the caller's transaction.
    pub(crate) async fn write_in(&self, conn: &Conn, item: T) -> Result<(), DbError> {
        (self.writer.write)(conn, &[item]).await
    }

    pub(crate) fn name(&self) -> &'static str {
        self.writer.name
    }

    fn ended(&self) -> DbError {
        DbError::Unavailable(format!("the writer of {} ended", self.writer.name))
    }
}

async fn run<T: Send + Sync + 'static>(
    writer: Arc<Writer<T>>,
    mut queue: mpsc::Receiver<Entry<T>>,
) {
    let slots = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut entries = Vec::new();
    while let Ok(slot) = slots.clone().acquire_owned().await {
        if queue.recv_many(&mut entries, MAX_ITEMS).await == 0 {
            return;
        }
        let (writer, entries) = (writer.clone(), mem::take(&mut entries));
        tasks::spawn(writer.name, async move {
            writer.write_all(entries).await;
            drop(slot);
        });
    }
}

impl<T: Send + Sync> Writer<T> {
    async fn write_all(&self, entries: Vec<Entry<T>>) {
        let traces = entries.iter().filter_map(|entry| entry.traceparent.as_deref());
        let (service, name) = (self.db.service(), self.name);
        let span = Span::join(service, SpanKind::Internal, traces, format_args!("{name} group"));
        let mut tenants: HashMap<Uuid, (Vec<T>, Vec<Reply>)> = HashMap::new();
        // Nobody waits for a closed reply: its request has ended.
        for entry in entries.into_iter().filter(|entry| !entry.reply.is_closed()) {
            let (items, replies) = tenants.entry(entry.tenant_id).or_default();
            items.push(entry.item);
            replies.push(entry.reply);
        }
        let groups = tenants.into_iter();
        let writing =
            groups.map(|(tenant_id, (items, replies))| self.write_group(tenant_id, items, replies));
        span.run(join_all(writing)).await;
    }

    async fn write_group(&self, tenant_id: Uuid, items: Vec<T>, replies: Vec<Reply>) {
        let written = self.tx(tenant_id, &items).await;
        for (item, reply) in items.chunks(1).zip(replies) {
            let result = match &written {
                Ok(()) => Ok(()),
                Err(DbError::Unavailable(cause)) => Err(DbError::Unavailable(cause.clone())),
                Err(DbError::Query(_)) => self.tx(tenant_id, item).await,
            };
            // Whoever stopped waiting does not need it.
            let _ = reply.send(result);
        }
    }

    async fn tx(&self, tenant_id: Uuid, items: &[T]) -> Result<(), DbError> {
        self.db.tx(self.name, tenant_id, async |conn| (self.write)(conn, items).await).await
    }
}
