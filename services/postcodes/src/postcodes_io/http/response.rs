//! Results in the envelope `{"status":200,"result":…}`, or as JSONP if there is a callback.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, Responder,
    body::BoxBody,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderName, HeaderValue},
    },
};
use kit::http::problem::Problem;
use serde::Serialize;

/// Initial size of the buffer; a record takes about 2,200 bytes.
const BUFFER_BYTES: usize = 3 * 1024;
/// Longest callback name, in bytes.
const MAX_CALLBACK: usize = 128;
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

/// A serialised result.
pub(crate) struct Success {
    envelope: Result<Vec<u8>, serde_json::Error>,
}

#[derive(Serialize)]
struct Envelope<T> {
    status: u16,
    result: T,
}

impl Success {
    /// Serialises a result in its envelope.
    pub(crate) fn new(result: impl Serialize) -> Self {
        let mut body = Vec::with_capacity(BUFFER_BYTES);
        let written = serde_json::to_writer(&mut body, &Envelope { status: 200, result });
        Self { envelope: written.map(|()| body) }
    }
}

impl Responder for Success {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let body = match self.envelope {
            Ok(body) => body,
            Err(error) => {
                return actix_web::ResponseError::error_response(&Problem::internal(&error.into()));
            }
        };
        let mut response = HttpResponseBuilder::new(StatusCode::OK);
        match callback(req.query_string()) {
            None => response.insert_header((CONTENT_TYPE, JSON)).body(body),
            Some(callback) => response
                .insert_header((CONTENT_TYPE, SCRIPT))
                .insert_header((HeaderName::from_static("x-content-type-options"), "nosniff"))
                .body(script(&callback, &body)),
        }
    }
}

/// The name in `?callback=`, without characters that are invalid in a name, as in Express.
fn callback(query: &str) -> Option<String> {
    if !query.contains("callback=") {
        return None;
    }
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, name) = pairs.find(|(key, _)| key == "callback")?;
    let is_of_name = |c: &char| c.is_ascii_alphanumeric() || "[]_$.".contains(*c);
    let name: String = name.chars().filter(is_of_name).take(MAX_CALLBACK).collect();
    (!name.is_empty()).then_some(name)
}

/// A script that calls the callback. The comment keeps old browsers from treating the response as a Flash file; the two line
/// separators that are valid in JSON but not in older JavaScript are escaped.
fn script(callback: &str, json: &[u8]) -> String {
    let json = String::from_utf8_lossy(json);
    let json = json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    format!("/**/ typeof {callback} === 'function' && {callback}({json});")
}

#[cfg(test)]
mod tests {
    use super::callback;

    #[test]
    fn invalid_characters_of_a_callback_are_removed() {
        assert_eq!(callback("limit=1"), None);
        assert_eq!(callback("callback="), None);
        assert_eq!(callback("a=b&callback=my.cb%5B0%5D").as_deref(), Some("my.cb[0]"));
        assert_eq!(callback("callback=alert(1)%3B%2F%2F").as_deref(), Some("alert1"));
        assert_eq!(callback(&format!("callback={}", "x".repeat(9_000))).unwrap().len(), 128);
    }
}
