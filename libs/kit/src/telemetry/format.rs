//! The format of a line of the log: `{"timestamp":…,"level":…,` fields of the event `,"span":{"name":…,` fields of the
//! span `}}`.
//!
//! The JSON format of `tracing_subscriber` collects the fields of each line in a map, and parses those of its span from
//! JSON. This one writes each field once.

use std::fmt::{self, Debug};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::Record,
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

/// Formats a line.
pub(super) struct Line;

/// Formats fields as `,"name":value`.
pub(super) struct Members;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, Members> for Line {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Members>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        line.write_str(r#"{"timestamp":""#)?;
        SystemTime.format_time(&mut line)?;
        write!(line, r#"","level":"{}""#, event.metadata().level())?;
        context.format_fields(line.by_ref(), event)?;
        if let Some(span) = context.lookup_current() {
            write!(line, r#","span":{{"name":"{}""#, span.name())?;
            if let Some(fields) = span.extensions().get::<FormattedFields<Members>>() {
                line.write_str(fields)?;
            }
            line.write_char('}')?;
        }
        line.write_str("}\n")
    }
}

impl<'writer> FormatFields<'writer> for Members {
    fn format_fields<R: RecordFields>(&self, line: Writer<'writer>, fields: R) -> fmt::Result {
        let mut writer = FieldWriter { line, result: Ok(()) };
        fields.record(&mut writer);
        writer.result
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

struct FieldWriter<'writer> {
    line: Writer<'writer>,
    result: fmt::Result,
}

impl FieldWriter<'_> {
    fn member(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = write!(self.line, r#","{}":{value}"#, field.name());
        }
    }

    fn text(&mut self, field: &Field, text: &str) {
        let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if text.bytes().all(plain) {
            return self.member(field, format_args!(r#""{text}""#));
        }
        let escaped = serde_json::to_string(text).unwrap_or_default();
        self.member(field, format_args!("{escaped}"));
    }
}

impl Visit for FieldWriter<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has neither infinity nor NaN.
        if value.is_finite() {
            self.member(field, format_args!("{value}"));
        } else {
            self.member(field, format_args!("null"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Read as _},
        sync::Mutex,
    };

    use serde_json::{Value, json};
    use tracing::field::Empty;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn lines(log: impl FnOnce()) -> Vec<Value> {
        let (mut reader, writer) = io::pipe().unwrap();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(Members)
            .event_format(Line)
            .with_writer(Mutex::new(writer));
        // Afterwards the subscriber is dropped, which closes the pipe.
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn without_time(mut line: Value) -> Value {
        let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).is_ok(), "{time}");
        line
    }

    #[test]
    fn a_line_is_an_object_with_the_fields_of_the_event_and_of_its_span() {
        let lines = lines(|| {
            tracing::warn!(http.status = 404, path = "a\"b\\\n\u{1}é", "alone");
            let span = tracing::info_span!("request", route = "/a", id = %7, later = Empty);
            let _inside = span.enter();
            span.record("later", "c\"d");
            tracing::info!(kind = ?Some("x"), "inside {}", "here");
            tracing::info_span!("bare")
                .in_scope(|| tracing::error!(n = -1, x = f64::NAN, y = 1e-9, z = true));
        });
        let lines: Vec<Value> = lines.into_iter().map(without_time).collect();
        let span = json!({"name": "request", "route": "/a", "id": "7", "later": "c\"d"});
        let expected = [
            json!({"level": "WARN", "http.status": 404, "path": "a\"b\\\n\u{1}é", "message": "alone"}),
            json!({"level": "INFO", "kind": "Some(\"x\")", "message": "inside here", "span": span}),
            json!({"level": "ERROR", "n": -1, "x": null, "y": 1e-9, "z": true, "span": {"name": "bare"}}),
        ];
        assert_eq!(lines, expected);
    }
}
