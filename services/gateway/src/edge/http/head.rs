//! Limits on the head of a request, and paths that mean the same to every parser.

use actix_web::HttpRequest;

use crate::error::Error;

/// Browsers send about twenty.
const MAX_HEADERS: usize = 64;
/// All names and values together, in bytes.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Path and query, in bytes.
const MAX_URI: usize = 4 * 1024;

/// Refuses heads that are too large or ambiguous.
pub(super) fn check(req: &HttpRequest) -> Result<(), Error> {
    let (mut count, mut bytes) = (0, 0);
    for (name, value) in req.headers() {
        count += 1;
        bytes += name.as_str().len() + value.len();
    }
    if count > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        return Err(Error::HeadersTooLarge);
    }
    let uri = req.uri();
    if uri.path_and_query().is_some_and(|text| text.as_str().len() > MAX_URI) {
        return Err(Error::UriTooLong);
    }
    if is_unambiguous(uri.path()) { Ok(()) } else { Err(Error::NoSuchPath) }
}

/// Whether a path has no segments or escapes that one parser resolves and another does not: the service must match the same
/// route as the gateway.
fn is_unambiguous(path: &str) -> bool {
    let dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    let odd = path.bytes().any(|b| b.is_ascii_control() || b == b'\\');
    let escaped = path.split('%').skip(1).any(|rest| {
        let byte = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_none_or(|b| matches!(b, b'/' | b'\\' | b'.' | b'%') || b.is_ascii_control())
    });
    !dots && !odd && !escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_paths_are_refused() {
        for path in [
            "/v1/a/..",
            "/v1/./a",
            "/v1/%2e%2e/a",
            "/v1/a%2Fb",
            "/v1/%5c",
            "/v1/%zz",
            "/v1/%0a",
            "/v1/%252e",
        ] {
            assert!(!is_unambiguous(path), "{path}");
        }
        for path in
            ["/v1/geo/postcodes/SW1A%201AA", "/v1/campaigns/export.csv", "/v1/geo/ip/2001:db8::1"]
        {
            assert!(is_unambiguous(path), "{path}");
        }
    }
}
