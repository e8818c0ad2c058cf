//! Explains every code that a problem of the API can have, at `/problems/{code}`, where the `type` of a problem leads.

/// Codes in alphabetical order, what each means, and what to do about it.
pub(super) const EXPLANATIONS: &[(&str, &str)] = &[
    ("already_member", "The person is already a member of the organisation."),
    ("area_outdated", "The area's rules use codes that are no longer in the data. Change them."),
    ("bad_request", "The request cannot be read, for example because its body is not JSON."),
    ("campaign_closed", "The campaign is closed and accepts no more actions."),
    ("campaign_not_draft", "Only a draft can be changed or published."),
    ("campaign_not_live", "Only a campaign that is live can be closed."),
    (
        "confirmation_changed",
        "Something else than what was shown would be sent; `errors` says what. Get it and show it again.",
    ),
    (
        "confirmation_unread",
        "The token is missing or of another link, or was made a moment ago. Get it, let a person read, then confirm.",
    ),
    ("data_not_loaded", "The directory of postcodes is still being loaded. Try again later."),
    ("deadline_exceeded", "The request took longer than its time limit. Try again."),
    ("erasure_open", "The erasure is not complete yet; the receipt is available once it is."),
    ("forbidden", "The credential is valid, but lacks the scope that `detail` names."),
    ("headers_too_large", "There are more than 64 headers, or they are larger than 16 KiB."),
    ("idempotency_key_reused", "The key was used for a different request. Use a new key."),
    ("internal", "Something went wrong on our side. Report the X-Request-Id to the operator."),
    ("invalid", "Some fields are invalid; `errors` lists each with a pointer, code and detail."),
    ("invalid_credentials", "The email address, password or token is wrong; we do not say which."),
    ("last_owner", "An organisation needs at least one owner. Add another owner first."),
    ("link_gone", "The confirmation link is unknown or has expired."),
    ("method_not_allowed", "The path has no such method; the Allow header lists those it has."),
    ("not_found", "The resource does not exist, or belongs to another organisation."),
    ("not_unknown", "Only a delivery whose outcome is unknown can be settled."),
    ("origin_not_allowed", "The page's origin is not on the list of the publishable key."),
    ("person_erased", "The person's data is erased or restricted, so nothing new is recorded."),
    (
        "publishable_key_not_allowed",
        "Publishable keys may only do what is public. Use a secret key, on a server.",
    ),
    ("rate_limited", "Too many requests. `detail` names the limit; wait as Retry-After says."),
    ("request_timeout", "The body of the request took too long to arrive."),
    (
        "secret_key_in_browser",
        "A secret key was sent by a browser, so visitors can read it. Revoke it, and use a publishable key.",
    ),
    ("stale_version", "The resource has changed. Read it again and send its new ETag in If-Match."),
    (
        "test_key_not_supported",
        "Test keys may look up places and campaigns, and act in campaigns. Use a live key, of an organisation for trying out.",
    ),
    ("too_large", "The body is larger than this path accepts; `detail` says how large it may be."),
    ("too_many_endpoints", "The limit of webhook endpoints has been reached. Delete one."),
    ("unauthorized", "There is no credential, or one that is unknown, expired or revoked."),
    ("unavailable", "A required part is unavailable; nothing was changed. Try again later."),
    ("unsupported_media_type", "The Content-Type is not one that this path accepts."),
    (
        "upstream_timeout",
        "The service behind the path took too long. It may have done the work: repeat the request with the same Idempotency-Key.",
    ),
    ("uri_too_long", "The path and the query are longer than 4 KiB."),
    ("version_required", "Send the current ETag in If-Match, so that no other change is lost."),
];

/// The text of a code, if it has one.
pub(crate) fn explanation(code: &str) -> Option<&'static str> {
    EXPLANATIONS.iter().find(|(known, _text)| *known == code).map(|(_code, text)| *text)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Used between services only.
    const INTERNAL: &[&str] = &["bad_credentials", "session_ended", "too_many"];

    #[test]
    fn every_code_in_the_sources_is_explained_and_no_other() {
        let sources = sources();
        let mut used: Vec<&str> = Vec::new();
        for call in ["Problem::new(", "Self::new(", "Problem::conflict(", "Self::conflict("] {
            used.extend(sources.split(call).skip(1).filter_map(code));
        }
        used.sort_unstable();
        used.dedup();
        let is_unexplained = |code: &&&str| explanation(code).is_none() && !INTERNAL.contains(code);
        let unexplained: Vec<_> = used.iter().filter(is_unexplained).collect();
        assert!(unexplained.is_empty(), "not explained: {unexplained:?}");
        let codes = EXPLANATIONS.iter().map(|(code, _text)| *code);
        let unused: Vec<_> = codes.filter(|code| !used.contains(code)).collect();
        assert!(unused.is_empty(), "explained, but nowhere used: {unused:?}");
    }

    /// All Rust sources of the services and the kit, each up to its tests.
    pub(crate) fn sources() -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut sources = String::new();
        let services = fs::read_dir(root.join("services")).unwrap();
        let folders = services.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        for service in folders {
            read(&service.join("src"), &mut sources);
        }
        read(&root.join("libs/kit/src"), &mut sources);
        sources
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
