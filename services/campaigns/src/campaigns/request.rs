//! A campaign as the organisation sends it. Every field is optional, so that all invalid fields are reported at once.

use std::collections::HashSet;

use contracts::values::InvalidValue;
use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;

use super::domain::{Change, Consent, Content, Kind, Patch, Template};
use crate::{messages::template, values};

const MAX_TITLE: usize = 200;
const MAX_BODY: usize = 20_000;
const MAX_URL: usize = 2_000;
const MAX_SUBJECT: usize = 150;
const MAX_MESSAGE: usize = 10_000;
/// Nobody reads more questions than this.
const MAX_CONSENTS: usize = 20;
const MAX_CONSENT_ID: usize = 40;
const MAX_PURPOSE: usize = 100;
const MAX_WORDING: usize = 1_000;
/// Longest BCP 47 tag accepted.
const MAX_LANGUAGE: usize = 35;

/// Body of POST and PATCH.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignRequest {
    kind: Option<String>,
    title: Option<String>,
    body: Option<String>,
    language: Option<String>,
    controller_policy_url: Option<String>,
    #[serde(default)]
    message: Patch<MessageRequest>,
    consents: Option<Vec<ConsentRequest>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageRequest {
    subject: Option<String>,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentRequest {
    id: Option<String>,
    purpose: Option<String>,
    wording: Option<String>,
    #[serde(default)]
    required: bool,
}

impl CampaignRequest {
    /// As a change of a draft.
    pub(super) fn into_change(self) -> Result<Change, Problem> {
        let mut fields = Fields::default();
        let change = self.parse(&mut fields);
        fields.finish(Some(change))
    }

    /// As a new campaign.
    pub(super) fn into_content(self) -> Result<Content, Problem> {
        let mut fields = Fields::default();
        for (pointer, is_missing) in [
            ("/kind", self.kind.is_none()),
            ("/title", self.title.is_none()),
            ("/body", self.body.is_none()),
            ("/language", self.language.is_none()),
            ("/controller_policy_url", self.controller_policy_url.is_none()),
        ] {
            if is_missing {
                fields.add(pointer, InvalidValue::REQUIRED);
            }
        }
        let content = whole(self.parse(&mut fields));
        fields.finish(content)
    }

    fn parse(self, fields: &mut Fields) -> Change {
        Change {
            kind: fields.optional("/kind", self.kind, |t| Kind::from_field(&t)),
            title: fields.optional("/title", self.title, |t| values::line(&t, MAX_TITLE)),
            body: fields.optional("/body", self.body, |t| values::text(&t, MAX_BODY)),
            language: fields.optional("/language", self.language, |t| language(&t)),
            controller_policy_url: fields.optional(
                "/controller_policy_url",
                self.controller_policy_url,
                |t| policy_url(&t),
            ),
            message: match self.message {
                Patch::Set(message) => message.parse(fields).map_or(Patch::Keep, Patch::Set),
                Patch::Clear => Patch::Clear,
                Patch::Keep => Patch::Keep,
            },
            consents: self.consents.map(|consents| parse_consents(consents, fields)),
        }
    }
}

impl MessageRequest {
    fn parse(self, fields: &mut Fields) -> Option<Template> {
        let subject = fields.required("/message/subject", self.subject, |text| {
            let subject = values::line(&text, MAX_SUBJECT)?;
            template::check_line(&subject).map(|()| subject)
        });
        let body = fields.required("/message/body", self.body, |text| {
            let body = values::text(&text, MAX_MESSAGE)?;
            template::check(&body).map(|()| body)
        });
        Some(Template { subject: subject?, body: body? })
    }
}

fn whole(change: Change) -> Option<Content> {
    Some(Content {
        kind: change.kind?,
        title: change.title?,
        body: change.body?,
        language: change.language?,
        controller_policy_url: change.controller_policy_url?,
        message: change.message.apply(None),
        consents: change.consents.unwrap_or_default(),
    })
}

fn parse_consents(consents: Vec<ConsentRequest>, fields: &mut Fields) -> Vec<Consent> {
    if consents.len() > MAX_CONSENTS {
        fields.add("/consents", InvalidValue::new("too_many", "has more than 20 items"));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut parsed = Vec::with_capacity(consents.len());
    for (index, consent) in consents.into_iter().enumerate() {
        let at = |field: &str| format!("/consents/{index}/{field}");
        let id = fields.required(at("id"), consent.id, |t| consent_id(&t));
        let line = |t: String| values::line(&t, MAX_PURPOSE);
        let purpose = fields.required(at("purpose"), consent.purpose, line);
        let text = |t: String| values::text(&t, MAX_WORDING);
        let wording = fields.required(at("wording"), consent.wording, text);
        if id.as_ref().is_some_and(|id| !seen.insert(id.clone())) {
            fields.add(at("id"), InvalidValue::new("duplicate", "appears more than once"));
        }
        if let (Some(id), Some(purpose), Some(wording)) = (id, purpose, wording) {
            parsed.push(Consent { id, purpose, wording, required: consent.required });
        }
    }
    parsed
}

fn consent_id(text: &str) -> Result<String, InvalidValue> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if (1..=MAX_CONSENT_ID).contains(&text.len()) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(InvalidValue::new("malformed", "must be 1 to 40 of a-z, 0-9 and _"))
    }
}

fn language(text: &str) -> Result<String, InvalidValue> {
    let mut parts = text.split('-');
    let first_ok = parts
        .next()
        .is_some_and(|p| (2..=3).contains(&p.len()) && p.chars().all(|c| c.is_ascii_lowercase()));
    let rest_ok =
        parts.all(|p| (1..=8).contains(&p.len()) && p.chars().all(|c| c.is_ascii_alphanumeric()));
    if first_ok && rest_ok && text.len() <= MAX_LANGUAGE {
        Ok(text.to_owned())
    } else {
        Err(InvalidValue::new("malformed", "must be a BCP 47 tag such as en or cy-GB"))
    }
}

fn policy_url(text: &str) -> Result<String, InvalidValue> {
    let text = values::line(text, MAX_URL)?;
    let is_https =
        url::Url::parse(&text).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    if is_https {
        Ok(text)
    } else {
        Err(InvalidValue::new("malformed", "must be an https address"))
    }
}
