//! Errors as clients see them: RFC 9457 problem details with a stable code and the invalid fields.

use std::{borrow::Cow, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;

/// What went wrong, for a client. It never has personal data: fields are named, but their values are not repeated. It is
/// boxed to keep the `Result` of a handler small.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Body>);

#[derive(Debug, Clone, Serialize)]
struct Body {
    /// Path of the explanation, which the gateway serves: `/problems/<code>`.
    #[serde(rename = "type")]
    kind: String,
    title: Cow<'static, str>,
    status: u16,
    /// For machines; never changes.
    code: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after_seconds: Option<u32>,
    #[serde(skip)]
    extra_headers: Vec<(&'static str, String)>,
    /// Logged when the response is made, never sent.
    #[serde(skip)]
    cause: Option<String>,
}

/// An invalid field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// RFC 6901 pointer into the request's JSON, e.g. `/message/subject`, or the parameter's name.
    pub pointer: Cow<'static, str>,
    /// For machines; never changes: `required`, `too_long`, `malformed`, …
    pub code: Cow<'static, str>,
    /// For people: a predicate of the field, such as "must not be empty".
    pub detail: Cow<'static, str>,
}

impl FieldError {
    pub fn new(
        pointer: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

impl Problem {
    /// A problem with a stable code and a title for people.
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

    /// 400: the request cannot be parsed.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", "The request cannot be read")
            .detail(detail)
    }

    /// 401: the credentials are missing or not valid.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Valid credentials are required")
            .header("www-authenticate", "Bearer".to_owned())
    }

    /// 403: the credentials lack a scope.
    pub fn forbidden(scope: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The credentials do not allow this")
            .detail(format!("required scope: {scope}"))
    }

    /// 404: it does not exist, or belongs to another tenant. `what` is a noun, e.g. `campaign`.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("The {what} does not exist"))
    }

    /// 409: the current state does not allow this.
    pub fn conflict(code: &'static str, title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, title)
    }

    /// 422: these are all the invalid fields.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields are invalid")
            .with_errors(errors)
    }

    /// 503 with Retry-After: something that the request needs is unavailable; nothing was stored. `what` starts the
    /// title, e.g. `The keyring`.
    pub fn unavailable(what: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            format!("{what} is not available"),
        )
        .retry_after(5)
    }

    /// 500; the cause is logged and never sent.
    pub fn internal(cause: &anyhow::Error) -> Self {
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
        );
        problem.0.cause = Some(format!("{cause:#}"));
        problem
    }

    /// Names the fields that it is about.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
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

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub fn code(&self) -> &str {
        &self.0.code
    }

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
