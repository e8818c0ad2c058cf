//! A new API key as a client or an operator asks for it.

use chrono::{DateTime, Utc};
use contracts::values::InvalidValue;
use kit::http::{fields::Fields, origin::normalize, problem::Problem};
use serde::Deserialize;

use super::domain::{KeyKind, NewKey};
use crate::values;

const MAX_ORIGINS: usize = 20;
const MAX_ORIGIN: usize = 200;

const NO_SCOPES: InvalidValue = InvalidValue::new("required", "must have at least one scope");
const SCOPE: InvalidValue =
    InvalidValue::new("not_allowed", "is not allowed for a key of this kind");
const SECRET_ORIGINS: InvalidValue =
    InvalidValue::new("not_allowed", "must be empty: secret keys stay out of browsers");
const TOO_MANY: InvalidValue = InvalidValue::new("too_many", "has more than 20 items");
const ORIGIN: InvalidValue = InvalidValue::new(
    "malformed",
    "must be https://host or https://host:port, without a path; http only for localhost",
);
const PAST: InvalidValue = InvalidValue::new("in_the_past", "must be in the future");

/// Body of POST.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRequest {
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) test: bool,
    pub(crate) name: Option<String>,
    pub(crate) scopes: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) origins: Vec<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl KeyRequest {
    pub(crate) fn parse(self, now: DateTime<Utc>) -> Result<NewKey, Problem> {
        let mut fields = Fields::default();
        let key = self.read(now, &mut fields);
        fields.finish(key)
    }

    fn read(self, now: DateTime<Utc>, fields: &mut Fields) -> Option<NewKey> {
        let kind = fields.required("/kind", self.kind, |text| parse_kind(&text));
        let name = fields.required("/name", self.name, |text| values::name(&text));
        let scopes = fields.required("/scopes", self.scopes, parse_scopes);
        for (index, scope) in scopes.iter().flatten().enumerate() {
            if kind.is_some_and(|kind| !kind.may_hold(scope)) {
                fields.add(format!("/scopes/{index}"), SCOPE);
            }
        }
        if kind == Some(KeyKind::Secret) && !self.origins.is_empty() {
            fields.add("/origins", SECRET_ORIGINS);
        }
        if self.origins.len() > MAX_ORIGINS {
            fields.add("/origins", TOO_MANY);
        }
        let origins = self.origins.iter().enumerate().filter_map(|(index, text)| {
            fields.required(format!("/origins/{index}"), Some(text), |text| origin(text))
        });
        let origins = origins.collect();
        if self.expires_at.is_some_and(|end| end <= now) {
            fields.add("/expires_at", PAST);
        }
        let Self { test, expires_at, .. } = self;
        Some(NewKey { kind: kind?, test, name: name?, scopes: scopes?, origins, expires_at })
    }
}

/// An unknown kind has had the code `malformed` from the beginning.
fn parse_kind(text: &str) -> Result<KeyKind, InvalidValue> {
    KeyKind::from_field(text).map_err(|unknown| InvalidValue { code: "malformed", ..unknown })
}

fn parse_scopes(mut scopes: Vec<String>) -> Result<Vec<String>, InvalidValue> {
    scopes.dedup();
    if scopes.is_empty() { Err(NO_SCOPES) } else { Ok(scopes) }
}

/// A valid origin, as browsers send it.
fn origin(text: &str) -> Result<String, InvalidValue> {
    let text = text.to_ascii_lowercase();
    let (scheme, authority) = text.split_once("://").ok_or(ORIGIN)?;
    let (host, port) = authority.split_once(':').map_or((authority, None), |(h, p)| (h, Some(p)));
    let is_local = host == "localhost" || host == "127.0.0.1";
    let host_fits = host.contains('.') || is_local;
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let scheme_fits = scheme == "https" || (scheme == "http" && is_local);
    let fits = scheme_fits && host_fits && port_fits && host.chars().all(is_host);
    if fits && text.len() <= MAX_ORIGIN { Ok(normalize(&text)) } else { Err(ORIGIN) }
}

#[cfg(test)]
mod tests {
    use contracts::scopes;

    use super::*;

    fn pointers(kind: &str, scopes: &[&str], origins: &[&str]) -> Vec<String> {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let request = KeyRequest {
            kind: Some(kind.to_owned()),
            test: false,
            name: Some("site".to_owned()),
            scopes: Some(owned(scopes)),
            origins: owned(origins),
            expires_at: None,
        };
        let problem = request.parse(DateTime::UNIX_EPOCH).err();
        let errors = problem.iter().flat_map(Problem::errors);
        errors.map(|error| error.pointer.to_string()).collect()
    }

    #[test]
    fn a_publishable_key_holds_public_scopes_only_and_a_secret_one_manages_nobody() {
        let publishable = pointers("publishable", scopes::PUBLISHABLE, &["https://a.example"]);
        assert!(publishable.is_empty(), "{publishable:?}");
        assert_eq!(
            pointers("publishable", &[scopes::GEO_READ, scopes::ACTIONS_READ], &[]),
            ["/scopes/1"]
        );
        assert!(
            pointers("secret", &[scopes::ACTIONS_READ, scopes::CAMPAIGNS_WRITE], &[]).is_empty()
        );
        for scope in [
            scopes::USERS_WRITE,
            scopes::KEYS_WRITE,
            scopes::TENANT_WRITE,
            "confirmations:link",
            "x",
        ] {
            assert_eq!(pointers("secret", &[scope], &[]), ["/scopes/0"], "{scope}");
        }
        assert_eq!(pointers("secret", &[], &["https://a.example"]), ["/scopes", "/origins"]);
        assert_eq!(pointers("ring", &["x"], &[]), ["/kind"]);
    }

    #[test]
    fn origins_are_what_browsers_send() {
        assert_eq!(origin("https://Act.Example:8443").unwrap(), "https://act.example:8443");
        assert_eq!(origin("https://act.example:443").unwrap(), "https://act.example");
        assert_eq!(origin("http://localhost:80").unwrap(), "http://localhost");
        assert!(origin("http://localhost:3000").is_ok());
        for bad in ["http://a.example", "https://a.example/x", "https://*.example", "*", "null"] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
