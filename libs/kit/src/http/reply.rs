//! Successful JSON replies: a status, a body and a few headers.

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError as _,
    body::BoxBody,
    http::{
        Method, StatusCode,
        header::{CACHE_CONTROL, ETAG, EntityTag, HeaderName, LOCATION},
    },
};
use serde::{Deserialize, Serialize};

use super::{conditional, problem::Problem};

/// A reply whose body is serialised as JSON. If it has an entity tag, a GET with that tag in `If-None-Match` gets a 304.
#[derive(Debug)]
pub struct Reply<T> {
    status: StatusCode,
    tag: Option<EntityTag>,
    headers: Vec<(HeaderName, String)>,
    body: T,
}

impl<T> Reply<T> {
    /// 200 OK.
    pub fn ok(body: T) -> Self {
        Self { status: StatusCode::OK, tag: None, headers: Vec::new(), body }
    }

    /// 201 Created.
    pub fn created(body: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }
    }

    /// 202 Accepted.
    pub fn accepted(body: T) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::ok(body) }
    }

    /// Makes it 201 Created, with the path of what was created, e.g. `/v1/campaigns/{id}`.
    #[must_use]
    pub fn created_at(self, location: String) -> Self {
        Self { status: StatusCode::CREATED, ..self.header(LOCATION, location) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds the entity tag of a numbered version, which a later change must send in `If-Match`.
    #[must_use]
    pub fn version(mut self, version: impl Into<i64>) -> Self {
        let tag = conditional::version_tag(version);
        self.headers.push((ETAG, tag.to_string()));
        self.tag = Some(tag);
        self
    }

    /// Keeps the reply out of caches: it holds a secret or personal data.
    #[must_use]
    pub fn no_store(self) -> Self {
        self.header(CACHE_CONTROL, "no-store")
    }
}

impl<T> Reply<T> {
    fn not_modified(self) -> HttpResponse {
        let mut response = HttpResponse::NotModified();
        for header in self.headers {
            response.insert_header(header);
        }
        response.finish()
    }
}

impl<T: Serialize> Responder for Reply<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let is_known = self.tag.as_ref().is_some_and(|tag| conditional::is_known(request, tag));
        if is_known && matches!(*request.method(), Method::GET | Method::HEAD) {
            return self.not_modified();
        }
        Rendered::new(&self)
            .map_or_else(|problem| problem.error_response(), Rendered::into_response)
    }
}

/// A reply as text, so that it can be stored and sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rendered {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Rendered {
    pub(crate) fn new<T: Serialize>(reply: &Reply<T>) -> Result<Self, Problem> {
        let body = serde_json::to_string(&reply.body).map_err(|e| Problem::internal(&e.into()))?;
        let header = |(name, value): &(HeaderName, String)| (name.to_string(), value.clone());
        let headers = reply.headers.iter().map(header).collect();
        Ok(Self { status: reply.status.as_u16(), headers, body })
    }

    pub(crate) fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        response.content_type("application/json");
        for header in self.headers {
            response.insert_header(header);
        }
        response.body(self.body)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn status(method: Method, if_none_match: &str) -> (StatusCode, Option<String>) {
        let request = TestRequest::default().method(method);
        let request = request.insert_header(("if-none-match", if_none_match)).to_http_request();
        let response = Reply::ok("three").version(3).respond_to(&request);
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        (response.status(), tag.map(str::to_owned))
    }

    #[test]
    fn a_known_version_is_not_sent_again_to_get_and_head() {
        let tag = Some("\"3\"".to_owned());
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(status(method.clone(), "\"3\""), (StatusCode::NOT_MODIFIED, tag.clone()));
            assert_eq!(status(method, "\"2\""), (StatusCode::OK, tag.clone()));
        }
        assert_eq!(status(Method::PATCH, "\"3\""), (StatusCode::OK, tag));
    }
}
