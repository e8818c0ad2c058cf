//! Every code that a problem of the API can have, in words: `/problems/{code}`, where the `type` of a problem leads.

use serde::Serialize;

/// One code, and what to do about it.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) code: &'static str,
    pub(crate) text: &'static str,
}

/// The codes in the order of the alphabet.
pub(crate) const PROBLEMS: &[Explained] = &[
    told("already_member", "The person is already a member of the organisation."),
    told(
        "area_outdated",
        "The area's rules use codes that are not in the current data. Change its definition.",
    ),
    told("bad_request", "The request cannot be read, for example because its body is not JSON."),
    told("campaign_closed", "The campaign is closed and accepts no more actions."),
    told("campaign_not_draft", "Only a draft can be changed or published."),
    told("campaign_not_live", "Only a campaign that is live can be closed."),
    told("data_not_loaded", "The directory of postcodes is still being loaded. Try again later."),
    told(
        "deadline_exceeded",
        "The time for the request was over before it was answered. Try again.",
    ),
    told("erasure_open", "The erasure is not complete yet; the receipt is available once it is."),
    told("forbidden", "The credential is good, but lacks the scope that is named."),
    told("headers_too_large", "The headers are more than 64 or larger than 16 KiB."),
    told(
        "idempotency_key_reused",
        "The Idempotency-Key was used with another body before. Use a new key for a new request.",
    ),
    told(
        "internal",
        "Something went wrong on our side. Give the operator the X-Request-Id of the response.",
    ),
    told(
        "invalid",
        "Some fields are invalid. Each is listed in `errors` with its pointer, a code and a sentence.",
    ),
    told(
        "invalid_credentials",
        "The email address, password or token is wrong. For security we do not say which.",
    ),
    told("last_owner", "An organisation needs at least one owner. Add another owner first."),
    told("link_gone", "The confirmation link is unknown or has expired."),
    told(
        "method_not_allowed",
        "The path does not support this method. The Allow header lists those it does.",
    ),
    told("not_found", "The resource does not exist, or belongs to another organisation."),
    told("origin_not_allowed", "The page's origin is not on the list of the publishable key."),
    told(
        "person_erased",
        "The person's data is erased or restricted, so nothing new is recorded of them.",
    ),
    told(
        "publishable_key_not_allowed",
        "Publishable keys may do public things only. Use a secret key, on a server.",
    ),
    told(
        "rate_limited",
        "Too many requests. Retry-After says how long to wait, `detail` which limit was reached.",
    ),
    told("request_timeout", "The body of the request took too long to arrive."),
    told(
        "secret_key_in_browser",
        "A secret key was sent by a browser, so visitors can read it. Revoke it, and use a publishable key.",
    ),
    told(
        "stale_version",
        "The thing was changed since it was read. Read it again, and send its new ETag in If-Match.",
    ),
    told(
        "too_large",
        "The body is larger than this path takes; `detail` tells how large it may be.",
    ),
    told(
        "too_many_endpoints",
        "The organisation has as many webhook endpoints as it may. Delete one first.",
    ),
    told("unauthorized", "There is no credential, or one that is unknown, expired or revoked."),
    told(
        "unavailable",
        "A part that the request needs is away, and nothing was changed. Retry-After tells when to try again.",
    ),
    told("unsupported_media_type", "The Content-Type is not the one that this path takes."),
    told(
        "upstream_timeout",
        "The service behind the path took too long. It may have done the work: repeat the request with the same Idempotency-Key.",
    ),
    told("uri_too_long", "The path and the query are longer than 4 KiB."),
    told("version_required", "Send the current ETag in If-Match, so that no other change is lost."),
];

const fn told(code: &'static str, text: &'static str) -> Explained {
    Explained { code, text }
}

/// A code, when it is one of ours.
pub(crate) fn find(code: &str) -> Option<&'static Explained> {
    PROBLEMS.iter().find(|problem| problem.code == code)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Told between services only.
    const INTERNAL: &[&str] = &["bad_credentials", "session_ended", "too_many"];

    #[test]
    fn every_code_in_the_sources_is_explained_and_no_other() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut sources = String::new();
        let services = fs::read_dir(root.join("services")).unwrap();
        let folders = services.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        for service in folders {
            read(&service.join("src"), &mut sources);
        }
        read(&root.join("libs/kit/src"), &mut sources);
        let mut used: Vec<&str> = Vec::new();
        for call in ["Problem::new(", "Self::new(", "Problem::conflict(", "Self::conflict("] {
            used.extend(sources.split(call).skip(1).filter_map(code));
        }
        used.sort_unstable();
        used.dedup();
        let known = |code: &&&str| find(code).is_none() && !INTERNAL.contains(code);
        let unexplained: Vec<_> = used.iter().filter(known).collect();
        assert!(unexplained.is_empty(), "not explained: {unexplained:?}");
        let unused = PROBLEMS.iter().filter(|problem| !used.contains(&problem.code));
        let unused: Vec<_> = unused.map(|problem| problem.code).collect();
        assert!(unused.is_empty(), "explained, but nowhere used: {unused:?}");
    }

    fn read(dir: &Path, into: &mut String) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                into.push_str(text.split("#[cfg(test)]").next().unwrap());
            }
        }
    }

    /// The code of a call: its first string, which comes before the end of the statement.
    fn code(arguments: &str) -> Option<&str> {
        let (status, rest) = arguments.split([';', '}']).next()?.split_once('"')?;
        let status = status.trim();
        let is_status = status.contains("StatusCode::") || status == "status," || status.is_empty();
        let code = rest.split('"').next().filter(|_code| is_status)?;
        let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        is_code.then_some(code)
    }
}
