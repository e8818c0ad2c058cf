//! Errors as clients see them: RFC 9457 problem details with a stable code and the fields at fault.

use std::{borrow::Cow, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;

/// What went wrong, for a client. Never holds personal data: fields are named, their values are not repeated. Boxed, so
/// that a `Result` of a handler that succeeds stays small.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Body>);

#[derive(Debug, Clone, Serialize)]
struct Body {
    /// Stable address of the explanation, which the gateway serves at `/problems/<code>`.
    #[serde(rename = "type")]
    kind: String,
    title: Cow<'static, str>,
    status: u16,
    /// Stable, for machines.
    code: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after_seconds: Option<u32>,
    #[serde(skip)]
    extra_headers: Vec<(&'static str, String)>,
    /// Logged once at the edge, never sent.
    #[serde(skip)]
    cause: Option<String>,
}

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// RFC 6901 pointer into the request's JSON, or the parameter's name.
    pub pointer: Cow<'static, str>,
    /// Stable, for machines: `required`, `too_long`, `malformed`, …
    pub code: Cow<'static, str>,
    /// For people.
    pub detail: Cow<'static, str>,
}

impl FieldError {
    /// A fault of one field.
    pub fn new(
        pointer: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

impl Problem {
    /// A problem with a status, a stable code and a sentence.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Body {
            kind: format!("/problems/{code}"),
            title: title.into(),
            status: status.as_u16(),
            code: code.into(),
            detail: None,
            errors: Vec::new(),
            retry_after_seconds: None,
            extra_headers: Vec::new(),
            cause: None,
        }))
    }

    /// 400: the request cannot be read.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", "The request cannot be read")
            .detail(detail)
    }

    /// 401: no credential, or one that does not hold.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Valid credentials are required")
            .header("www-authenticate", "Bearer".to_owned())
    }

    /// 403: the credential lacks a scope.
    pub fn forbidden(scope: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The credentials do not allow this")
            .detail(format!("required scope: {scope}"))
    }

    /// 404: there is no such thing, or it is another tenant's.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("The {what} does not exist"))
    }

    /// 409: the state of the thing does not allow this.
    pub fn conflict(code: &'static str, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, title)
    }

    /// 422: fields are at fault, all of them named.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields are invalid");
        problem.0.errors = errors;
        problem
    }

    /// 503 with Retry-After: a part this request needs is away; nothing was stored.
    pub fn unavailable(what: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            format!("{what} is not available"),
        )
        .retry_after(5)
    }

    /// 500; the cause is logged at the edge and never sent.
    pub fn internal(cause: &anyhow::Error) -> Self {
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
        );
        problem.0.cause = Some(format!("{cause:#}"));
        problem
    }

    /// Adds a sentence for people.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a Retry-After header.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds a response header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.0.extra_headers.push((name, value));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The fields at fault.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status, self.0.code)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        if let Some(cause) = &self.0.cause {
            tracing::error!(code = %self.0.code, cause, "request failed");
        }
        let mut response = HttpResponse::build(self.status());
        response.content_type("application/problem+json");
        if let Some(seconds) = self.0.retry_after_seconds {
            response.insert_header(("retry-after", seconds.to_string()));
        }
        for (name, value) in &self.0.extra_headers {
            response.insert_header((*name, value.as_str()));
        }
        response.json(self)
    }
}
