//! What a key looks like and what it may hold.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Duration, Utc};
use contracts::scopes;
use kit::http::origin::normalize;
use uuid::Uuid;

/// Most origins of one key.
const MAX_ORIGINS: usize = 20;
/// Longest origin.
const MAX_ORIGIN: usize = 200;
/// `last_used_at` is written at most this often.
const USE_STEP: Duration = Duration::hours(1);
/// Without characters that look alike.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Random bytes of a key.
pub(crate) const RANDOM: usize = 20;
/// Characters of `RANDOM` bytes.
const BODY: usize = 32;

/// Where a key may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// In a page that anybody can read.
    Publishable,
    /// On a server.
    Secret,
}

impl KeyKind {
    fn prefix(self, test: bool) -> &'static str {
        match (self, test) {
            (Self::Publishable, false) => "pk_live_",
            (Self::Publishable, true) => "pk_test_",
            (Self::Secret, false) => "sk_live_",
            (Self::Secret, true) => "sk_test_",
        }
    }

    fn may_hold(self, scope: &str) -> bool {
        match self {
            Self::Publishable => scopes::PUBLISHABLE.contains(&scope),
            Self::Secret => scopes::secret().contains(&scope),
        }
    }
}

/// A key about to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewKey {
    pub(crate) kind: KeyKind,
    pub(crate) test: bool,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// A key as stored; its text is nowhere.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) kind: KeyKind,
    pub(crate) test: bool,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Whether it still opens anything.
    pub(crate) fn lives(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the time of use is worth writing down.
    pub(crate) fn should_note_use(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|last| now - last >= USE_STEP)
    }
}

/// One fault of a new key: pointer, code, sentence.
pub(crate) type Fault = (String, &'static str, &'static str);

/// Checks a new key and gives it back in its written form, or all its faults.
pub(crate) fn check(mut key: NewKey, now: DateTime<Utc>) -> Result<NewKey, Vec<Fault>> {
    let mut faults: Vec<Fault> = Vec::new();
    match crate::tenants::domain::name(&key.name) {
        Ok(name) => key.name = name,
        Err(says) => faults.push(("/name".to_owned(), "malformed", says)),
    }
    key.scopes.dedup();
    if key.scopes.is_empty() {
        faults.push(("/scopes".to_owned(), "required", "at least one scope"));
    }
    for (at, scope) in key.scopes.iter().enumerate() {
        if !key.kind.may_hold(scope) {
            let says = "a key of this kind cannot hold this scope";
            faults.push((format!("/scopes/{at}"), "not_allowed", says));
        }
    }
    if key.kind == KeyKind::Secret && !key.origins.is_empty() {
        faults.push(("/origins".to_owned(), "not_allowed", "secret keys stay out of browsers"));
    }
    if key.origins.len() > MAX_ORIGINS {
        faults.push(("/origins".to_owned(), "too_many", "at most 20 origins"));
    }
    for (at, text) in key.origins.iter_mut().enumerate() {
        match origin(text) {
            Some(origin) => *text = origin,
            None => faults.push((format!("/origins/{at}"), "malformed", ORIGIN)),
        }
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        faults.push(("/expires_at".to_owned(), "in_the_past", "a time to come"));
    }
    if faults.is_empty() { Ok(key) } else { Err(faults) }
}

const ORIGIN: &str = "https://host or https://host:port, without a path; http only for localhost";

/// A valid origin, as browsers send it.
fn origin(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (scheme, place) = text.split_once("://")?;
    let (host, port) = place.split_once(':').map_or((place, None), |(h, p)| (h, Some(p)));
    let is_local = host == "localhost" || host == "127.0.0.1";
    let host_fits = host.contains('.') || is_local;
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let scheme_fits = scheme == "https" || (scheme == "http" && is_local);
    let fits = scheme_fits && host_fits && port_fits && host.chars().all(is_host);
    (fits && text.len() <= MAX_ORIGIN).then(|| normalize(&text))
}

/// The text of a key: prefix, random part, checksum (so that a scanner knows one when it sees one).
pub(crate) fn text(kind: KeyKind, test: bool, random: &[u8; RANDOM]) -> String {
    let head = format!("{}{}", kind.prefix(test), base32(random));
    let sum = checksum(&head);
    head + &sum
}

/// What is stored of a key's text, when it is one. A mistyped one costs no look-up.
pub(crate) fn hash(text: &str) -> Option<Vec<u8>> {
    let (head, sum) = text.split_at_checked("pk_live_".len() + BODY)?;
    (checksum(head) == sum).then(|| digest(&SHA256, text.as_bytes()).as_ref().to_vec())
}

fn checksum(head: &str) -> String {
    let digest = digest(&SHA256, head.as_bytes());
    base32(digest.as_ref().get(..5).unwrap_or_default())
}

/// Five bytes to eight characters.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let number = chunk.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        for place in (0..8).rev() {
            let digit = usize::try_from((number >> (5 * place)) & 31).unwrap_or_default();
            text.extend(ALPHABET.get(digit).map(|byte| char::from(*byte)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(kind: KeyKind, scopes: &[&str], origins: &[&str]) -> NewKey {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let (scopes, origins) = (owned(scopes), owned(origins));
        NewKey { kind, test: false, name: "site".into(), scopes, origins, expires_at: None }
    }

    fn faults(key: NewKey) -> Vec<String> {
        let faults = check(key, DateTime::UNIX_EPOCH).err().unwrap_or_default();
        faults.into_iter().map(|(pointer, ..)| pointer).collect()
    }

    #[test]
    fn a_key_has_its_prefix_and_a_checksum_that_catches_slips() {
        let key = text(KeyKind::Publishable, true, &[9; RANDOM]);
        assert!(key.starts_with("pk_test_") && key.len() == 8 + 32 + 8, "{key}");
        assert!(hash(&key).is_some());
        assert!(hash(&key.replace("pk_test_", "sk_live_")).is_none());
        assert!(hash(&key[1..]).is_none() && hash("").is_none() && hash("ключ").is_none());
    }

    #[test]
    fn a_publishable_key_holds_public_scopes_only_and_a_secret_one_manages_nobody() {
        use KeyKind::{Publishable, Secret};
        assert!(faults(new(Publishable, scopes::PUBLISHABLE, &["https://a.example"])).is_empty());
        assert_eq!(faults(new(Publishable, &["geo:read", "actions:read"], &[])), ["/scopes/1"]);
        assert!(faults(new(Secret, &["actions:read", "campaigns:write"], &[])).is_empty());
        for scope in ["users:write", "keys:write", "tenant:write", "confirmations:link", "x"] {
            assert_eq!(faults(new(Secret, &[scope], &[])), ["/scopes/0"], "{scope}");
        }
        assert_eq!(faults(new(Secret, &[], &["https://a.example"])), ["/scopes", "/origins"]);
    }

    #[test]
    fn origins_are_what_browsers_send() {
        assert_eq!(origin("https://Act.Example:8443").unwrap(), "https://act.example:8443");
        assert_eq!(origin("https://act.example:443").unwrap(), "https://act.example");
        assert_eq!(origin("http://localhost:80").unwrap(), "http://localhost");
        assert!(origin("http://localhost:3000").is_some());
        for bad in ["http://a.example", "https://a.example/x", "https://*.example", "*", "null"] {
            assert!(origin(bad).is_none(), "{bad}");
        }
    }
}
