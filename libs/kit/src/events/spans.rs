//! Spans of events, by OpenTelemetry's conventions for messaging.
//!
//! The trace of a change continues through its event: the row of the outbox keeps it, the span of sending continues it,
//! and so does the span of processing. A batch of several events belongs to no single trace. It has a trace of its own,
//! which links to theirs.

use uuid::Uuid;

use super::envelope::Envelope;
use crate::telemetry::spans::{Span, SpanKind};

/// Sending a row of the outbox to a topic.
pub(super) fn send(
    service: &'static str,
    topic: &str,
    id: Uuid,
    kind: &str,
    traceparent: &str,
) -> Span {
    let name = format_args!("send {topic}");
    let span = Span::open(service, SpanKind::Producer, Some(traceparent), name);
    describe(&span, "send");
    identify(&span, topic, id, kind);
    span
}

/// Processing one event.
pub(super) fn process(service: &'static str, event: &Envelope) -> Span {
    let (parent, topic) = (event.traceparent.as_deref(), event.topic.as_str());
    let name = format_args!("process {topic}");
    let span = Span::open(service, SpanKind::Consumer, parent, name);
    describe(&span, "process");
    identify(&span, topic, event.id, &event.kind);
    span
}

/// Processing several events in one transaction.
pub(super) fn process_batch(service: &'static str, events: &[Envelope]) -> Span {
    let parents = events.iter().filter_map(|event| event.traceparent.as_deref());
    let span = Span::join(service, SpanKind::Consumer, parents, format_args!("process"));
    describe(&span, "process");
    span.set("messaging.batch.message_count", i64::try_from(events.len()).unwrap_or(i64::MAX));
    span
}

fn describe(span: &Span, operation: &'static str) {
    span.set("messaging.system", "kafka");
    span.set("messaging.operation.name", operation);
    span.set("messaging.operation.type", operation);
}

fn identify(span: &Span, topic: &str, id: Uuid, kind: &str) {
    if span.is_recording() {
        span.set("messaging.destination.name", topic.to_owned());
        span.set("messaging.message.id", id.to_string());
        span.set("cloudevents.event_type", format!("org.folkmoot.{kind}"));
    }
}
