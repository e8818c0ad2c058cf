//! A body as postcodes.io takes it: JSON, or a form (`postcodes=…&postcodes=…`), which some of its clients send.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web::Bytes};
use kit::extract;
use serde_json::{Map, Value};

use super::error::ErrorResponse;

/// Largest body, in bytes: a hundred locations take about 10 KB.
const MAX_BODY: usize = 100 * 1024;
/// The whole body must come within this: strangers may send it drop by drop, and no gateway stands before them.
const SLOWEST: Duration = Duration::from_secs(10);

/// The fields of the body; none for a body of another type.
#[derive(Debug)]
pub struct Body(pub Map<String, Value>);

impl FromRequest for Body {
    type Error = ErrorResponse;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ErrorResponse>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = req.content_type().to_ascii_lowercase();
        let payload = payload.take();
        Box::pin(async move { Self::of(&kind, &read(payload, SLOWEST).await?) })
    }
}

impl Body {
    /// Reads the bytes of a body of a media type, which is in lower case.
    fn of(kind: &str, raw: &[u8]) -> Result<Self, ErrorResponse> {
        Ok(Self(match kind {
            "application/json" if raw.is_empty() => Map::new(),
            "application/json" => of_json(raw)?,
            "application/x-www-form-urlencoded" => of_form(raw),
            _ => Map::new(),
        }))
    }
}

async fn read(payload: Payload, slowest: Duration) -> Result<Bytes, ErrorResponse> {
    let reading = tokio::time::timeout(slowest, extract::read(payload, MAX_BODY));
    let read = reading.await.map_err(|_elapsed| ErrorResponse::BodyTooSlow)?;
    read.map_err(|problem| match problem.code() {
        "too_large" => ErrorResponse::BodyTooLarge,
        _ => ErrorResponse::InvalidJson,
    })
}

/// An array is a body without fields; any other value that is no object is refused, and a byte order mark is passed over, as
/// Express does.
fn of_json(raw: &[u8]) -> Result<Map<String, Value>, ErrorResponse> {
    match serde_json::from_slice(raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw)) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Array(_)) => Ok(Map::new()),
        Ok(_) | Err(_) => Err(ErrorResponse::InvalidJson),
    }
}

/// A field that is given once is a text; given more often, or written `name[]` or `name[0]`, it is a list.
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

    use super::{of_form, of_json, read};
    use crate::postcodes_io::error::ErrorResponse;

    #[actix_web::test]
    async fn a_body_that_does_not_end_is_cut_off() {
        let first = stream::iter([Ok(Bytes::from_static(b"drop"))]);
        let endless = Payload::from(first.chain(stream::pending()).boxed_local());
        let refused = read(endless, Duration::from_millis(20)).await.unwrap_err();
        assert!(matches!(refused, ErrorResponse::BodyTooSlow));
    }

    #[test]
    fn forms_make_lists_of_what_is_given_more_than_once() {
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
