//! Entity tags and conditional requests (RFC 9110 §8.8.3, §13): a GET does not send what the caller already has, and a
//! change does not overwrite what the caller has not read.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, ETAG, EntityTag, Header as _, IfNoneMatch},
    },
};
use aws_lc_rs::digest;

use super::problem::Problem;

/// Length of a content's tag, in bytes of its digest.
const DIGEST_BYTES: usize = 16;

/// The tag of a numbered version.
pub fn version_tag(version: impl Into<i64>) -> EntityTag {
    EntityTag::new_strong(version.into().to_string())
}

/// The tag of some content: the start of its SHA-256 digest.
pub fn content_tag(content: &[u8]) -> EntityTag {
    let hash = digest::digest(&digest::SHA256, content);
    EntityTag::new_strong(hex::encode(hash.as_ref().get(..DIGEST_BYTES).unwrap_or_default()))
}

/// Responds to a GET of what has the entity tag `tag`: 304 if `If-None-Match` says that the caller has it, else 200 with
/// what `full` adds. Both have `cache_control`, as RFC 9110 §15.4.5 requires.
pub fn respond(
    request: &HttpRequest,
    tag: EntityTag,
    cache_control: Option<&'static str>,
    full: impl FnOnce(&mut HttpResponseBuilder) -> HttpResponse,
) -> HttpResponse {
    let is_known = is_known(request, &tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, tag));
    if let Some(cache_control) = cache_control {
        response.insert_header((header::CACHE_CONTROL, cache_control));
    }
    if is_known { response.finish() } else { full(&mut response) }
}

/// Weak comparison (RFC 9110 §13.1.2): a tag that a cache made weak still names the same content.
pub(crate) fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_unreadable) => false,
    }
}

/// The versions that a change may replace, as `If-Match` lists them.
#[derive(Debug, Clone)]
pub enum IfMatch {
    /// `*`: any.
    Any,
    /// One of these; empty if the header cannot be parsed.
    Tags(Vec<EntityTag>),
}

impl IfMatch {
    /// Reads the header; `None` if the request does not have it.
    fn from_header(request: &HttpRequest) -> Option<Self> {
        request.headers().contains_key(header::IF_MATCH).then(|| {
            match header::IfMatch::parse(request) {
                Ok(header::IfMatch::Any) => Self::Any,
                Ok(header::IfMatch::Items(tags)) => Self::Tags(tags),
                Err(_unreadable) => Self::Tags(Vec::new()),
            }
        })
    }

    /// Fails unless `version`, the current one, is among them.
    pub fn check(&self, version: impl Into<i64>) -> Result<(), Problem> {
        if self.allows(&version_tag(version)) { Ok(()) } else { Err(stale()) }
    }

    /// Whether the current version is among them. Strong comparison (RFC 9110 §13.1.1): a weak tag never matches.
    fn allows(&self, current: &EntityTag) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| tag.strong_eq(current)),
        }
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::from_header(request).ok_or_else(required))
    }
}

fn required() -> Problem {
    let title = "An If-Match header with the current ETag is required";
    Problem::new(StatusCode::PRECONDITION_REQUIRED, "version_required", title)
}

fn stale() -> Problem {
    let title = "The resource has changed since you read it";
    Problem::new(StatusCode::PRECONDITION_FAILED, "stale_version", title)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn status(if_none_match: &[&str]) -> StatusCode {
        let mut request = TestRequest::get();
        for line in if_none_match {
            request = request.append_header(("if-none-match", *line));
        }
        let request = request.to_http_request();
        let response = respond(&request, version_tag(3), Some("no-cache"), |ok| ok.body("three"));
        assert_eq!(response.headers().get("etag").unwrap(), "\"3\"");
        assert_eq!(response.headers().get("cache-control").unwrap(), "no-cache");
        response.status()
    }

    #[test]
    fn a_known_version_is_not_sent_again() {
        for known in [
            &["\"3\""][..],
            &["W/\"3\""],
            &["*"],
            &[" * "],
            &["\"1\", \"2\",\"3\""],
            &["\"1\",, W/\"3\" , \"9\""],
            &["\"with, comma\", \"3\""],
            &["\"1\"", "\"3\""],
        ] {
            assert_eq!(status(known), StatusCode::NOT_MODIFIED, "{known:?}");
        }
    }

    #[test]
    fn another_version_or_a_malformed_tag_is_answered_in_full() {
        for unknown in
            [&[][..], &["\"2\""], &["3"], &["w/\"3\""], &["\"3"], &["\"*\""], &[""], &["\"33\""]]
        {
            assert_eq!(status(unknown), StatusCode::OK, "{unknown:?}");
        }
    }

    #[test]
    fn if_match_compares_strongly() {
        let allows = |text: &str| {
            let request = TestRequest::patch().insert_header(("if-match", text)).to_http_request();
            IfMatch::from_header(&request).unwrap().allows(&version_tag(1))
        };
        for current in ["\"1\"", "*", "\"7\", \"1\""] {
            assert!(allows(current), "{current}");
        }
        for stale in ["W/\"1\"", "1", "\"2\"", "", "W/\"1\", \"2\"", "\"1", "é"] {
            assert!(!allows(stale), "{stale}");
        }
        assert!(IfMatch::from_header(&TestRequest::patch().to_http_request()).is_none());
    }

    #[test]
    fn equal_content_has_equal_tags() {
        assert_eq!(content_tag(b"a"), content_tag(b"a"));
        assert_ne!(content_tag(b"a"), content_tag(b"b"));
        assert_eq!(content_tag(b"").to_string().len(), 2 + 32);
    }
}
