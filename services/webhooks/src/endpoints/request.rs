//! An endpoint as a tenant sends it.

use contracts::values::InvalidValue;
use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;

use super::domain::{EventType, NewEndpoint};
use crate::sending::guard::Policy;

const MAX_URL: usize = 2000;

/// Body of `POST /v1/webhook-endpoints`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointRequest {
    url: Option<String>,
    event_types: Option<Vec<String>>,
}

impl EndpointRequest {
    pub(super) fn parse(self, policy: &Policy) -> Result<NewEndpoint, Problem> {
        let mut fields = Fields::default();
        let url = fields.required("/url", self.url, |text| parse_url(&text, policy));
        let texts = fields.required("/event_types", self.event_types, not_empty);
        let mut event_types = Vec::new();
        for (at, text) in texts.into_iter().flatten().enumerate() {
            let pointer = format!("/event_types/{at}");
            let event_type = fields.optional(pointer, Some(text), |t| EventType::from_field(&t));
            if let Some(event_type) = event_type.filter(|it| !event_types.contains(it)) {
                event_types.push(event_type);
            }
        }
        fields.finish(url.map(|url| NewEndpoint { url, event_types }))
    }
}

fn parse_url(text: &str, policy: &Policy) -> Result<String, InvalidValue> {
    if text.len() > MAX_URL {
        let detail = format!("must be at most {MAX_URL} characters");
        return Err(InvalidValue::with_detail("too_long", detail));
    }
    policy.check(text).map(|url| url.to_string())
}

fn not_empty(texts: Vec<String>) -> Result<Vec<String>, InvalidValue> {
    let invalid = InvalidValue::new("required", "must name at least one event type");
    if texts.is_empty() { Err(invalid) } else { Ok(texts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: Option<&str>, event_types: Option<&[&str]>) -> Result<NewEndpoint, Vec<String>> {
        let request = EndpointRequest {
            url: url.map(ToOwned::to_owned),
            event_types: event_types.map(|texts| texts.iter().map(ToString::to_string).collect()),
        };
        request.parse(&Policy::default()).map_err(|problem| {
            let errors = problem.errors().iter();
            errors.map(|error| format!("{} {}", error.pointer, error.code)).collect()
        })
    }

    #[test]
    fn every_invalid_field_of_an_endpoint_is_reported() {
        let invalid = parse(Some("http://example.org/"), Some(&["person.erased", "person.born"]));
        assert_eq!(invalid.unwrap_err(), ["/url not_https", "/event_types/1 unknown"]);
        let invalid = parse(Some(&"x".repeat(MAX_URL + 1)), Some(&[]));
        assert_eq!(invalid.unwrap_err(), ["/url too_long", "/event_types required"]);
        assert_eq!(parse(None, None).unwrap_err(), ["/url required", "/event_types required"]);
    }

    #[test]
    fn an_event_type_that_is_named_twice_counts_once() {
        let twice: &[&str] = &["campaign.closed", "campaign.closed"];
        let endpoint = parse(Some("https://example.org/hook?a=b"), Some(twice)).unwrap();
        assert_eq!(endpoint.event_types, [EventType::CampaignClosed]);
    }
}
