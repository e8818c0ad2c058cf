//! Spans of HTTP requests to others, by OpenTelemetry's conventions for HTTP clients.

use url::Url;

use super::spans::{Span, SpanKind};

/// A request that this service is about to send.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub caller: &'static str,
    /// The service that is called.
    pub called: &'static str,
    pub method: &'static str,
    /// The path without values, e.g. `/v1/campaigns/{id}`, if it is known.
    pub template: Option<&'static str>,
    /// The URL up to the path.
    pub base: &'a str,
}

impl Call<'_> {
    /// Its span: a child of the current one, and no span outside of a trace.
    pub fn span(&self) -> Span {
        let Self { caller, called, method, template, base } = *self;
        let child = |name| Span::child(caller, SpanKind::Client, name);
        let span = match template {
            Some(template) => child(format_args!("{method} {template}")),
            None => child(format_args!("{method}")),
        };
        if !span.is_recording() {
            return span;
        }
        span.set("http.request.method", method);
        span.set("service.peer.name", called);
        if let Some(template) = template {
            span.set("url.template", template);
        }
        if let Ok(url) = Url::parse(base) {
            span.set("server.address", url.host_str().unwrap_or_default().to_owned());
            span.set("server.port", i64::from(url.port_or_known_default().unwrap_or_default()));
        }
        span
    }
}

/// Records the status of a response.
pub fn responded(span: &Span, status: u16) {
    span.set("http.response.status_code", i64::from(status));
    if status >= 400 {
        span.fail(status.to_string());
    }
}
