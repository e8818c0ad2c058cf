//! Why the gateway itself refuses a request, and the one table of how that is reported.

use actix_web::http::StatusCode;
use kit::http::problem::{FieldError, Problem};

/// A refusal. What services and the kit refuse is a [`Problem`] already.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Error {
    NoSuchPath,
    NoSuchLink,
    NoSuchProblem,
    /// Has the methods that the path allows.
    MethodNotAllowed(String),
    HeadersTooLarge,
    UriTooLong,
    NotJson,
    /// Has the largest allowed size in bytes.
    BodyTooLarge(usize),
    BodyTimeout,
    Unauthorized,
    /// The email address, password or token of a sign-in is wrong.
    InvalidCredentials,
    TenantRequired,
    MissingScope(&'static str),
    PublishableKey,
    SecretKeyInBrowser,
    /// The route does not keep apart yet what test keys do.
    TestKey,
    /// The page's origin is not on the key's list, or on that of any key.
    OriginNotAllowed,
    RateLimited {
        wait_seconds: u32,
        /// Names of the limits that refused.
        limits: String,
    },
    UpstreamTimeout,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchPath => Self::not_found("path"),
            Error::NoSuchLink => Self::not_found("link"),
            Error::NoSuchProblem => Self::not_found("problem"),
            Error::MethodNotAllowed(methods) => Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method not allowed",
            )
            .header("allow", methods),
            Error::HeadersTooLarge => Self::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers_too_large",
                "The headers are too large",
            ),
            Error::UriTooLong => {
                Self::new(StatusCode::URI_TOO_LONG, "uri_too_long", "The URL is too long")
            }
            Error::NotJson => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be application/json",
            ),
            Error::BodyTooLarge(max) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large")
                    .detail(format!("at most {max} bytes"))
            }
            Error::BodyTimeout => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The body took too long to arrive",
            ),
            Error::Unauthorized => Self::unauthorized(),
            Error::InvalidCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "The email address, password or token is wrong",
            ),
            Error::TenantRequired => Self::invalid(vec![FieldError::new(
                "/tenant",
                "required",
                "must name the organisation to act for",
            )]),
            Error::MissingScope(scope) => Self::forbidden(scope),
            Error::PublishableKey => Self::new(
                StatusCode::FORBIDDEN,
                "publishable_key_not_allowed",
                "Publishable keys may not do this: use a secret key on a server",
            ),
            Error::SecretKeyInBrowser => secret_key_in_browser(),
            Error::TestKey => test_key(),
            Error::OriginNotAllowed => Self::new(
                StatusCode::FORBIDDEN,
                "origin_not_allowed",
                "This origin is not on the key's list",
            ),
            Error::RateLimited { wait_seconds, limits } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests")
                    .detail(format!("limit: {limits}"))
                    .retry_after(wait_seconds)
            }
            Error::UpstreamTimeout => Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "upstream_timeout",
                "The service did not answer in time",
            ),
        }
    }
}

fn secret_key_in_browser() -> Problem {
    let title = "A secret key was sent by a browser: revoke it, and use a publishable key";
    Problem::new(StatusCode::FORBIDDEN, "secret_key_in_browser", title)
}

fn test_key() -> Problem {
    let title = "Test keys may not do this: use a live key";
    Problem::new(StatusCode::FORBIDDEN, "test_key_not_supported", title)
}
