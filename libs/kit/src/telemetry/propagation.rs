//! The W3C trace context, in which a trace continues in another process, in an event, or in a row that a job takes up.

use opentelemetry::{
    Context,
    propagation::{Extractor, TextMapPropagator as _},
    trace::{FutureExt as _, TraceContextExt as _, WithContext},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// The trace context of the current span, with which another process continues the trace.
pub fn current_traceparent() -> Option<String> {
    Context::map_current(format)
}

/// Runs `work` in a trace that it was taken out of, such as by a queue.
pub fn in_trace<F: Future>(traceparent: Option<&str>, work: F) -> WithContext<F> {
    work.with_context(traceparent.map_or_else(Context::current, parse))
}

/// The header `traceparent` of a context; `None` outside of a trace.
pub(super) fn format(context: &Context) -> Option<String> {
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| {
        format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8())
    })
}

/// The context of a `traceparent`; an empty one if it cannot be read.
pub(super) fn parse(traceparent: &str) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Header(traceparent))
}

struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_and_written() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(format(&parse(text)).as_deref(), Some(text));
        for malformed in ["", "00-0af7651916cd43dd8448eb211c80319c", "00-0-0-01"] {
            assert_eq!(format(&parse(malformed)), None, "{malformed}");
        }
    }
}
