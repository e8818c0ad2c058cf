//! Consumers of events. Each event takes effect exactly once.
//!
//! For a batch of records the loop fetches the keys that the handlers declared, writes the inbox rows and runs the
//! handlers in one transaction, and stores the offsets after the commit. A batch that fails is retried record by record;
//! a record that keeps failing is moved to `<topic>.<service>.dead`, so that it does not block the others for ever.

use std::{collections::HashSet, pin::Pin, rc::Rc};

use chrono::{DateTime, Utc};
use contracts::{
    Event,
    keyring::{Compartment, KeyRef, Purpose},
};
use uuid::Uuid;

use crate::{db::Conn, events::envelope::Envelope, keyring::Keys};

pub(crate) mod inbox;
pub(crate) mod work;

/// An event as a handler gets it.
#[derive(Debug)]
pub struct Received<E> {
    /// The event's id, to which its sealed fields are bound.
    pub id: Uuid,
    /// The tenant of the event and of the transaction.
    pub tenant_id: Uuid,
    /// When it was written to the outbox.
    pub time: DateTime<Utc>,
    pub data: E,
    /// The trace in which it is handled.
    pub traceparent: Option<String>,
    /// The keys that the subscription declared, of the event's subject.
    pub keys: Keys,
}

type HandlerFuture<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;
type Handle<A> = Box<dyn for<'a> Fn(&'a A, &'a mut Conn, Vec<Opened<'a>>) -> HandlerFuture<'a>>;
type KeyRefs = Box<dyn Fn(&Envelope) -> Vec<KeyRef>>;
type SharedRow = Box<dyn Fn(&Envelope) -> Option<String>>;

/// An event to be handled, with its trace and its keys.
pub(crate) struct Opened<'a> {
    envelope: &'a Envelope,
    traceparent: Option<String>,
    keys: Keys,
}

struct Subscription<A> {
    topic: &'static str,
    kind: &'static str,
    purpose: Purpose,
    key_refs: KeyRefs,
    handle: Handle<A>,
    /// Whether the handler takes several events of one tenant at once.
    takes_many: bool,
    shared_row: Option<SharedRow>,
}

/// The events that a service consumes; built in its `consumers.rs`.
pub struct Consumers<A> {
    subscriptions: Vec<Subscription<A>>,
    woken_jobs: Vec<&'static str>,
}

impl<A: 'static> Consumers<A> {
    pub fn new() -> Self {
        Self { subscriptions: Vec::new(), woken_jobs: Vec::new() }
    }

    /// Wakes a job of the service after each commit. A handler cannot do so, since its rows are not visible before that.
    #[must_use]
    pub fn then_wake(mut self, job: &'static str) -> Self {
        self.woken_jobs.push(job);
        self
    }

    /// Handles events without sealed fields.
    #[must_use]
    pub fn on<E: Event>(
        self,
        handler: impl AsyncFn(&A, &mut Conn, Received<E>) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.on_sealed(Purpose::Record, &[], handler)
    }

    /// Handles events whose handler changes a row that other events change too, such as a counter. They come last in their
    /// batch, in the order of their rows' names, so that replicas never wait for each other in a circle.
    #[must_use]
    pub fn on_shared_row<E: Event>(
        self,
        row: impl Fn(&E) -> String + 'static,
        handler: impl AsyncFn(&A, &mut Conn, Received<E>) -> anyhow::Result<()> + 'static,
    ) -> Self {
        let mut consumers = self.on::<E>(handler);
        if let Some(subscription) = consumers.subscriptions.last_mut() {
            let event = |envelope: &Envelope| serde_json::from_slice::<E>(&envelope.data).ok();
            let row = move |envelope: &Envelope| event(envelope).map(|event| row(&event));
            subscription.shared_row = Some(Box::new(row));
        }
        consumers
    }

    /// Handles events whose sealed fields are opened for `purpose`. The keys are fetched before the transaction begins.
    #[must_use]
    pub fn on_sealed<E: Event>(
        self,
        purpose: Purpose,
        compartments: &'static [Compartment],
        handler: impl AsyncFn(&A, &mut Conn, Received<E>) -> anyhow::Result<()> + 'static,
    ) -> Self {
        let each = async move |app: &A, conn: &mut Conn, events: Vec<Received<E>>| {
            for event in events {
                handler(app, conn, event).await?;
            }
            Ok(())
        };
        self.on_many_sealed(purpose, compartments, each).one_by_one()
    }

    /// The same for a handler that writes the rows of several events of one tenant at once, in the order of the events.
    #[must_use]
    pub fn on_many_sealed<E: Event>(
        mut self,
        purpose: Purpose,
        compartments: &'static [Compartment],
        handler: impl AsyncFn(&A, &mut Conn, Vec<Received<E>>) -> anyhow::Result<()> + 'static,
    ) -> Self {
        let handler = Rc::new(handler);
        self.subscriptions.push(Subscription {
            topic: E::TOPIC,
            kind: E::TYPE,
            purpose,
            key_refs: Box::new(move |envelope| key_refs::<E>(envelope, compartments)),
            shared_row: None,
            takes_many: true,
            handle: Box::new(move |app, conn, events| {
                let handler = handler.clone();
                Box::pin(async move {
                    let events = events.into_iter().map(received).collect::<Result<_, _>>()?;
                    handler(app, conn, events).await
                })
            }),
        });
        self
    }

    /// Gives the last handler one event at a time.
    fn one_by_one(mut self) -> Self {
        if let Some(subscription) = self.subscriptions.last_mut() {
            subscription.takes_many = false;
        }
        self
    }

    /// The topics that are consumed, without the installation's prefix.
    pub fn topics(&self) -> Vec<&'static str> {
        let topics: HashSet<_> = self.subscriptions.iter().map(|s| s.topic).collect();
        topics.into_iter().collect()
    }

    /// The event types that are handled.
    pub fn event_types(&self) -> Vec<&'static str> {
        self.subscriptions.iter().map(|s| s.kind).collect()
    }
}

impl<A: 'static> Default for Consumers<A> {
    fn default() -> Self {
        Self::new()
    }
}

fn received<E: Event>(event: Opened<'_>) -> Result<Received<E>, serde_json::Error> {
    let Opened { envelope, traceparent, keys } = event;
    let data: E = serde_json::from_slice(&envelope.data)?;
    let Envelope { id, tenant_id, time, .. } = *envelope;
    Ok(Received { id, tenant_id, time, data, traceparent, keys })
}

fn key_refs<E: Event>(envelope: &Envelope, compartments: &[Compartment]) -> Vec<KeyRef> {
    if compartments.is_empty() {
        return Vec::new();
    }
    let Ok(event) = serde_json::from_slice::<E>(&envelope.data) else { return Vec::new() };
    let Some(subject_id) = event.subject() else { return Vec::new() };
    let tenant_id = envelope.tenant_id;
    compartments.iter().map(|&compartment| KeyRef { tenant_id, subject_id, compartment }).collect()
}

fn subscription<'a, A>(
    consumers: &'a Consumers<A>,
    envelope: &Envelope,
) -> Option<&'a Subscription<A>> {
    consumers.subscriptions.iter().find(|s| s.kind == envelope.kind)
}
