//! A request body as postcodes.io accepts it: JSON, or a form (`postcodes=…&postcodes=…`), which some clients send.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web::Bytes};
use kit::http::extract;
use serde_json::{Map, Value};

use super::error::ErrorResponse;

/// Largest body, in bytes; a hundred locations take about 10 KB.
const MAX_BODY: usize = 100 * 1024;
/// Time limit for the whole body. The original paths are public, so a client may send it very slowly.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The fields of the body; none for a body of another media type.
#[derive(Debug)]
pub(crate) struct Body(pub Map<String, Value>);

impl FromRequest for Body {
    type Error = ErrorResponse;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ErrorResponse>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = req.content_type().to_ascii_lowercase();
        let payload = payload.take();
        Box::pin(async move { Self::parse(&kind, &read(payload, TIME_LIMIT).await?) })
    }
}

impl Body {
    /// Parses a body; the media type must be in lower case.
    fn parse(kind: &str, raw: &[u8]) -> Result<Self, ErrorResponse> {
        Ok(Self(match kind {
            "application/json" if raw.is_empty() => Map::new(),
            "application/json" => of_json(raw)?,
            "application/x-www-form-urlencoded" => of_form(raw),
            _ => Map::new(),
        }))
    }
}

async fn read(payload: Payload, time_limit: Duration) -> Result<Bytes, ErrorResponse> {
    let reading = tokio::time::timeout(time_limit, extract::read_body(payload, MAX_BODY));
    let read = reading.await.map_err(|_elapsed| ErrorResponse::BodyTooSlow)?;
    read.map_err(|problem| match problem.code() {
        "too_large" => ErrorResponse::BodyTooLarge,
        _ => ErrorResponse::InvalidJson,
    })
}

/// As in Express, an array is a body without fields, any other value that is not an object is an error, and a byte order
/// mark is ignored.
fn of_json(raw: &[u8]) -> Result<Map<String, Value>, ErrorResponse> {
    match serde_json::from_slice(raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw)) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Array(_)) => Ok(Map::new()),
        Ok(_) | Err(_) => Err(ErrorResponse::InvalidJson),
    }
}

/// A field that appears once is a string; one that is repeated, or named `name[]` or `name[0]`, is a list.
fn of_form(raw: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (key, value) in url::form_urlencoded::parse(raw) {
        let (name, is_list) = match key.split_once('[') {
            Some((name, _)) => (name, true),
            None => (key.as_ref(), false),
        };
        let value = Value::String(value.into_owned());
        match fields.get_mut(name) {
            None if is_list => drop(fields.insert(name.to_owned(), Value::Array(vec![value]))),
            None => drop(fields.insert(name.to_owned(), value)),
            Some(Value::Array(all)) => all.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::{dev::Payload, web::Bytes};
    use futures_util::{StreamExt as _, stream};
    use serde_json::{Value, json};

    use super::{ErrorResponse, of_form, of_json, read};

    #[actix_web::test]
    async fn a_body_that_does_not_end_is_rejected() {
        let first = stream::iter([Ok(Bytes::from_static(b"drop"))]);
        let endless = Payload::from(first.chain(stream::pending()).boxed_local());
        let error = read(endless, Duration::from_millis(20)).await.unwrap_err();
        assert!(matches!(error, ErrorResponse::BodyTooSlow));
    }

    #[test]
    fn repeated_fields_of_a_form_become_lists() {
        let fields = |form: &str| Value::Object(of_form(form.as_bytes()));
        assert_eq!(fields("postcodes=A&postcodes=B"), json!({"postcodes": ["A", "B"]}));
        assert_eq!(fields("postcodes%5B%5D=A"), json!({"postcodes": ["A"]}));
        assert_eq!(fields("postcodes[0]=A&postcodes[1]=B+C"), json!({"postcodes": ["A", "B C"]}));
        assert_eq!(fields("postcodes=A"), json!({"postcodes": "A"}));
    }

    #[test]
    fn only_objects_and_arrays_are_bodies() {
        assert!(of_json(b"[1]").unwrap().is_empty());
        assert_eq!(of_json(b"\xef\xbb\xbf{\"a\":1}").unwrap().len(), 1);
        for raw in ["1", "null", "\"a\"", "{", "", "{\"a\":1} x"] {
            assert!(of_json(raw.as_bytes()).is_err(), "{raw}");
        }
    }
}
