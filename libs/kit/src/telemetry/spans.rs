//! Spans, named after OpenTelemetry's semantic conventions.
//!
//! They are made by hand, and hold only what the code writes into them: neither fields of log lines nor other crates'
//! spans, which may quote a path or an address. For the same reason two attributes that the conventions ask for are
//! never written: `url.path` and `url.full`.
//!
//! A future that is run in a span is the parent of the spans made in it, and of the events that it writes to the outbox.

use std::{collections::BTreeSet, fmt};

use opentelemetry::{
    Context, KeyValue, StringValue, Value,
    trace::{FutureExt as _, SpanBuilder, Status, TraceContextExt as _, WithContext},
};

pub use opentelemetry::trace::SpanKind;

use super::{propagation, traces};

/// A span, which ends when it is dropped; or nothing, if no traces are sent.
#[derive(Debug)]
pub struct Span(Option<Context>);

impl Span {
    /// A span that continues the trace of a W3C `traceparent`, or begins a new trace.
    pub fn open(
        service: &'static str,
        kind: SpanKind,
        traceparent: Option<&str>,
        name: fmt::Arguments<'_>,
    ) -> Self {
        let parent = || traceparent.map(propagation::parse).unwrap_or_default();
        Self::start(service, kind, parent, name)
    }

    /// A child of the current span. Outside of a trace there is nothing to add to, so this is no span.
    pub fn child(service: &'static str, kind: SpanKind, name: fmt::Arguments<'_>) -> Self {
        let parent = Context::current();
        if !parent.has_active_span() {
            return Self(None);
        }
        Self::start(service, kind, || parent, name)
    }

    /// A span of work for several others: it continues their trace, or, if they have different parents, begins one that
    /// links to them. Without any, it is no span.
    pub fn join<'a>(
        service: &'static str,
        kind: SpanKind,
        traceparents: impl Iterator<Item = &'a str>,
        name: fmt::Arguments<'_>,
    ) -> Self {
        let parents: BTreeSet<&str> = traceparents.collect();
        match (parents.first(), parents.len()) {
            (None, _) => Self(None),
            (Some(parent), 1) => Self::open(service, kind, Some(parent), name),
            _ => {
                let span = Self::open(service, kind, None, name);
                for parent in parents {
                    span.link(parent);
                }
                span
            }
        }
    }

    fn start(
        service: &'static str,
        kind: SpanKind,
        parent: impl FnOnce() -> Context,
        name: fmt::Arguments<'_>,
    ) -> Self {
        let Some(tracer) = traces::tracer(service) else { return Self(None) };
        let (builder, parent) =
            (SpanBuilder::from_name(name.to_string()).with_kind(kind), parent());
        let span = builder.start_with_context(&tracer, &parent);
        Self(Some(parent.with_span(span)))
    }

    /// Whether attributes are kept. Only then is one worth an allocation.
    pub fn is_recording(&self) -> bool {
        self.0.as_ref().is_some_and(|context| context.span().is_recording())
    }

    /// Sets an attribute.
    pub fn set(&self, key: &'static str, value: impl Into<Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(key, value));
        }
    }

    /// Marks the work as failed, with a kind of error of which there are few: a status or the name of a type.
    pub fn fail(&self, error_type: impl Into<StringValue>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new("error.type", error_type.into()));
            context.span().set_status(Status::error(""));
        }
    }

    /// Links to the span of a W3C `traceparent`.
    pub fn link(&self, traceparent: &str) {
        if let Some(context) = &self.0 {
            let linked = propagation::parse(traceparent).span().span_context().clone();
            context.span().add_link(linked, Vec::new());
        }
    }

    /// `work`, run in this span. It is not an async function: a future with two ways to `work` would hold it twice.
    pub fn run<F: Future>(&self, work: F) -> WithContext<F> {
        work.with_context(self.0.clone().unwrap_or_else(Context::current))
    }

    /// The W3C trace context of this span.
    pub fn traceparent(&self) -> Option<String> {
        propagation::format(self.0.as_ref()?)
    }

    /// The trace's id in hexadecimal, for the log.
    pub(crate) fn trace_id(&self) -> Option<String> {
        let context = self.0.as_ref()?;
        Some(context.span().span_context().trace_id().to_string())
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}
