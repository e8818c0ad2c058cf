//! Consumers: events in, exactly once in effect.
//!
//! For a batch of records the loop asks the keyring for the keys the handlers declared, then opens one transaction in which
//! it writes the inbox rows and runs the handlers, then commits, then stores the offsets. A failing batch is run again
//! record by record; a record that keeps failing goes to `<topic>.<service>.dead`, so nothing blocks for ever.

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
    /// The event's id: bound into its sealed fields.
    pub id: Uuid,
    /// Whose it is; the transaction is bound to this tenant.
    pub tenant_id: Uuid,
    /// When it was recorded.
    pub time: DateTime<Utc>,
    /// The event.
    pub data: E,
    /// The keys the subscription declared, for this event's subject.
    pub keys: Keys,
}

type Fut<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;
type Handle<A> = Box<dyn for<'a> Fn(&'a A, &'a mut Conn, &'a Envelope, Keys) -> Fut<'a>>;
type RefsOf = Box<dyn Fn(&Envelope) -> Vec<KeyRef>>;

struct Subscription<A> {
    topic: &'static str,
    kind: &'static str,
    purpose: Purpose,
    refs: RefsOf,
    handle: Handle<A>,
}

/// What a service listens to; built in its `consumers.rs`.
pub struct Consumers<A> {
    subscriptions: Vec<Subscription<A>>,
    nudges: Vec<&'static str>,
}

impl<A: 'static> Consumers<A> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { subscriptions: Vec::new(), nudges: Vec::new() }
    }

    /// Wakes a job of the service after each commit: a handler cannot, since its rows are not yet visible.
    #[must_use]
    pub fn nudging(mut self, job: &'static str) -> Self {
        self.nudges.push(job);
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

    /// Handles events whose sealed fields are opened for `purpose`; the keys are there before the transaction opens.
    #[must_use]
    pub fn on_sealed<E: Event>(
        mut self,
        purpose: Purpose,
        compartments: &'static [Compartment],
        handler: impl AsyncFn(&A, &mut Conn, Received<E>) -> anyhow::Result<()> + 'static,
    ) -> Self {
        let handler = Rc::new(handler);
        self.subscriptions.push(Subscription {
            topic: E::TOPIC,
            kind: E::TYPE,
            purpose,
            refs: Box::new(move |envelope| refs::<E>(envelope, compartments)),
            handle: Box::new(move |app, conn, envelope, keys| {
                let handler = handler.clone();
                Box::pin(async move {
                    let data: E = serde_json::from_slice(&envelope.data)?;
                    let Envelope { id, tenant_id, time, .. } = *envelope;
                    handler(app, conn, Received { id, tenant_id, time, data, keys }).await
                })
            }),
        });
        self
    }

    /// The topics listened to, without prefix.
    pub fn topics(&self) -> Vec<&'static str> {
        let topics: HashSet<_> = self.subscriptions.iter().map(|s| s.topic).collect();
        topics.into_iter().collect()
    }

    /// The event types handled.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.subscriptions.iter().map(|s| s.kind).collect()
    }
}

impl<A: 'static> Default for Consumers<A> {
    fn default() -> Self {
        Self::new()
    }
}

fn refs<E: Event>(envelope: &Envelope, compartments: &[Compartment]) -> Vec<KeyRef> {
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
