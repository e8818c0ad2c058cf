//! What `If-Match` protects: nobody overwrites a version that they have not read.

use actix_web::HttpRequest;
use kit::http::conditional::{IfMatch, version_tag};

use crate::error::Error;

/// The versions that the caller accepts as the current one; a change has to name them.
pub(crate) fn expected(request: &HttpRequest) -> Result<IfMatch, Error> {
    IfMatch::of(request).ok_or(Error::VersionRequired)
}

/// Refuses a change of a version that the caller has not read.
pub(crate) fn check(expected: &IfMatch, version: i32) -> Result<(), Error> {
    if expected.allows(&version_tag(version)) { Ok(()) } else { Err(Error::StaleVersion) }
}
