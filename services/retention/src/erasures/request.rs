//! A request to erase a person, as a tenant sends it.

use contracts::values::{InvalidValue, email::EmailAddress};
use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;

use super::domain::{Erase, SourceHint};

/// Body of `POST /v1/erasures`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseRequest {
    email: Option<String>,
    source_hint: Option<String>,
}

impl EraseRequest {
    pub(super) fn parse(self) -> Result<Erase, Problem> {
        let mut fields = Fields::default();
        let email = fields.required("/email", self.email, |text| parse_email(&text));
        let hint = self.source_hint.as_deref();
        let source_hint = fields.optional("/source_hint", hint, SourceHint::from_field);
        fields.finish(email.map(|email| Erase { email, source_hint }))
    }
}

/// Every address that the keyring accepts, so that every recorded person can be erased.
fn parse_email(text: &str) -> Result<EmailAddress, InvalidValue> {
    let invalid = InvalidValue::new("malformed", "is not an email address");
    EmailAddress::parse(text).ok_or(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(email: &str, source_hint: Option<&str>) -> Result<Erase, Vec<String>> {
        let email = Some(email.to_owned());
        let request = EraseRequest { email, source_hint: source_hint.map(ToOwned::to_owned) };
        request.parse().map_err(|problem| {
            let errors = problem.errors().iter();
            errors.map(|error| format!("{} {}", error.pointer, error.code)).collect()
        })
    }

    #[test]
    fn every_invalid_field_of_a_request_is_reported() {
        let invalid = parse("nobody", Some("saw it in a film")).err();
        let expected = ["/email malformed", "/source_hint unknown"];
        assert_eq!(invalid, Some(expected.map(ToOwned::to_owned).to_vec()));
        assert!(parse(" a@b.example ", Some("petition")).is_ok());
        assert!(parse("a @b.example", None).is_err());
    }

    #[test]
    fn an_address_that_is_no_longer_accepted_for_writing_can_be_erased() {
        assert!(EmailAddress::deliverable("a..b@c.example").is_err());
        assert!(parse("a..b@c.example", None).is_ok());
    }
}
