//! Versions as `ETags`, so that nobody overwrites what they have not read.

use actix_web::{HttpRequest, http::header};

use crate::error::Error;

/// The `ETag` of a version.
pub(crate) fn etag(version: i32) -> String {
    format!("\"{version}\"")
}

/// The version in If-Match. One that is not ours matches nothing.
pub(crate) fn read(request: &HttpRequest) -> Result<i32, Error> {
    let given = request.headers().get(header::IF_MATCH).ok_or(Error::VersionRequired)?;
    let text = given.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    text.parse().map_err(|_not_ours| Error::StaleVersion)
}
