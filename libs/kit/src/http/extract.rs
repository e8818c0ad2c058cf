//! Extractors of handlers: the caller, and a JSON body whose invalid fields are reported.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    auth::claims::Claims,
    http::problem::{FieldError, Problem},
};

/// Largest JSON body in bytes, unless a handler says otherwise.
pub const MAX_BODY: usize = 64 * 1024;

/// The verified caller of a route with a scope.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant that the request is about.
    pub tenant_id: Uuid,
    /// The id of a user, an API key or a link.
    pub actor_id: String,
    /// `user`, `api_key` or `link`.
    pub actor_kind: String,
    /// Whether it is a test key: what it makes may not reach live data.
    pub test: bool,
    claims: Arc<Claims>,
}

impl Caller {
    pub(crate) fn new(tenant_id: Uuid, claims: Arc<Claims>) -> Self {
        Self {
            tenant_id,
            actor_id: claims.sub.clone(),
            actor_kind: claims.actor_kind.clone(),
            test: claims.test,
            claims,
        }
    }

    /// Whether the token grants a scope, beside that of the route.
    pub fn has(&self, scope: &str) -> bool {
        self.claims.has(scope)
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            req.extensions().get::<Self>().cloned().ok_or_else(Problem::unauthorized),
        )
    }
}

/// The name of the service that calls an internal route, verified.
#[derive(Debug, Clone)]
pub struct CallingService(pub String);

impl FromRequest for CallingService {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            req.extensions().get::<Self>().cloned().ok_or_else(Problem::unauthorized),
        )
    }
}

/// A JSON body of at most `MAX` bytes. A value of the wrong type is reported with its pointer.
#[derive(Debug)]
pub struct Json<T, const MAX: usize = MAX_BODY> {
    pub value: T,
}

impl<T: DeserializeOwned + 'static, const MAX: usize> FromRequest for Json<T, MAX> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(req);
        let content_length = req
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.parse::<usize>().ok());
        let payload = payload.take();
        Box::pin(async move {
            if !is_json {
                let title = "The body must be application/json";
                return Err(Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "unsupported_media_type",
                    title,
                ));
            }
            if content_length.is_some_and(|length| length > MAX) {
                return Err(too_large(MAX));
            }
            let raw = read_body(payload, MAX).await?;
            Ok(Self { value: parse_json(&raw)? })
        })
    }
}

/// The case of media types does not matter (RFC 9110 §8.3.1).
fn is_json(req: &HttpRequest) -> bool {
    let kind = req.content_type().to_ascii_lowercase();
    kind == "application/json" || kind == "application/merge-patch+json" || kind.ends_with("+json")
}

/// Reads a body of at most `max` bytes.
pub async fn read_body(mut payload: Payload, max: usize) -> Result<web::Bytes, Problem> {
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_cut| Problem::bad_request("the request body was truncated"))?;
        if body.len() + chunk.len() > max {
            return Err(too_large(max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large(max: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large")
        .detail(format!("at most {max} bytes"))
}

/// Parses JSON. An invalid value is reported by its pointer and is not repeated.
pub fn parse_json<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    // Serde would also fill a struct from an array, by position.
    if raw.trim_ascii_start().starts_with(b"[") {
        let error = FieldError::new("", "malformed", "the body must be a JSON object");
        return Err(Problem::invalid(vec![error]));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(raw);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_data() {
            Problem::invalid(vec![field_error(path, &inner.to_string())])
        } else {
            Problem::bad_request(format!(
                "invalid JSON at line {}, column {}",
                inner.line(),
                inner.column()
            ))
        }
    })?;
    deserializer
        .end()
        .map_err(|_more| Problem::bad_request("invalid JSON: unexpected data after the value"))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut pointer, segment| {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => pointer.push('?'),
        }
        pointer
    })
}

/// The invalid field that a message of serde is about.
fn field_error(path: String, message: &str) -> FieldError {
    let message = message.split(" at line ").next().unwrap_or_default();
    match field_name(message, "missing field `") {
        Some(field) => FieldError::new(format!("{path}/{field}"), "required", "is required"),
        None => FieldError::new(path, "malformed", without_values(message)),
    }
}

/// The field that a message of serde names after `prefix`.
pub(crate) fn field_name<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.split('`').next()
}

/// Serde repeats the invalid value in quotes or backticks. It may be personal, so it is cut out. Names of fields stay;
/// names of our types are cut out.
fn without_values(message: &str) -> String {
    let message = match message.split_once("expected struct ") {
        Some((before, _our_type)) => format!("{before}expected an object"),
        None => message.to_owned(),
    };
    let names_a_field = message.starts_with("unknown field") || message.starts_with("duplicate");
    let (value, rest) = match message.find(", expected") {
        _ if names_a_field => ("", message.as_str()),
        Some(at) => message.split_at(at),
        None => (message.as_str(), ""),
    };
    format!("{}{rest}", cut(&cut(value, '"'), '`'))
}

/// Replaces everything from the first to the last quote.
fn cut(text: &str, quote: char) -> String {
    match (text.find(quote), text.rfind(quote)) {
        (Some(from), Some(to)) if from < to => {
            let (before, after) = (text.get(..from), text.get(to + 1..));
            format!("{}…{}", before.unwrap_or_default(), after.unwrap_or_default())
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[expect(dead_code, reason = "only its type matters")]
        people: Vec<Person>,
    }

    #[derive(Debug, Deserialize)]
    struct Person {
        #[expect(dead_code, reason = "only its type matters")]
        age: u8,
    }

    #[test]
    fn a_wrong_type_is_reported_by_its_pointer_and_without_its_value() {
        let problem =
            parse_json::<Body>(br#"{"people":[{"age":1},{"age":"Ada Lovelace"}]}"#).unwrap_err();
        let [error] = problem.errors() else { panic!("{problem:?}") };
        assert_eq!(error.pointer, "/people/1/age");
        assert!(!error.detail.contains("Ada"), "{}", error.detail);
    }

    #[test]
    fn a_missing_field_is_named_by_its_pointer() {
        for (body, pointer) in [(r"{}", "/people"), (r#"{"people":[{}]}"#, "/people/0/age")] {
            let problem = parse_json::<Body>(body.as_bytes()).unwrap_err();
            let [error] = problem.errors() else { panic!("{problem:?}") };
            assert_eq!((&*error.pointer, &*error.code), (pointer, "required"));
        }
    }

    #[test]
    fn an_array_is_rejected_even_if_its_values_would_fit() {
        let problem = parse_json::<Body>(br" [[]]").unwrap_err();
        assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[derive(Debug, Deserialize)]
    enum Colour {
        Red,
    }

    #[test]
    fn neither_values_nor_names_of_our_types_are_repeated() {
        let red = parse_json::<Colour>(br#""Red""#).unwrap();
        assert!(matches!(red, Colour::Red));
        let ada = parse_json::<Colour>(br#""Ada Lovelace""#).unwrap_err();
        let phone = parse_json::<Body>(br#"{"people":[447700900123]}"#).unwrap_err();
        let text = parse_json::<Body>(br#"{"people":["x\"Ada\" y"]}"#).unwrap_err();
        for problem in [ada, phone, text] {
            let [error] = problem.errors() else { panic!("{problem:?}") };
            for leak in ["Ada", "4477", "Person"] {
                assert!(!error.detail.contains(leak), "{}", error.detail);
            }
        }
    }
}
