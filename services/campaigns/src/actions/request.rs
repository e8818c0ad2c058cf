//! What a supporter submits. Every field is optional in its type, so that all invalid fields are reported at once.

use std::collections::HashSet;

use contracts::values::{InvalidValue, email::EmailAddress, postcode::Postcode};
use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;

use super::domain::{ConsentAnswer, Personal};
use crate::{campaigns::domain::Campaign, values};

pub(crate) const MAX_NAME: usize = 100;
pub(crate) const MAX_ADDRESS: usize = 500;
pub(crate) const MAX_OWN_WORDS: usize = 10_000;
pub(crate) const MAX_SUBJECT: usize = 150;

const NO_MESSAGE: InvalidValue =
    InvalidValue::new("unknown", "is taken only by campaigns that write to representatives");

/// Body of `POST …/actions`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitRequest {
    name: Option<String>,
    email: Option<String>,
    postcode: Option<String>,
    address: Option<String>,
    own_words: Option<String>,
    subject: Option<String>,
    consents: Option<Vec<AnswerRequest>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerRequest {
    id: String,
    given: bool,
}

/// The parsed request.
pub(super) struct Submission {
    pub(super) personal: Personal,
    pub(super) answers: Vec<ConsentAnswer>,
}

impl SubmitRequest {
    pub(super) fn parse(self, campaign: &Campaign) -> Result<Submission, Problem> {
        let mut fields = Fields::default();
        let name = |t: String| values::person_name(&t, MAX_NAME);
        let name = fields.required("/name", self.name, name);
        let email = fields.required("/email", self.email, |t| EmailAddress::deliverable(&t));
        let postcode = |t: String| Ok(Postcode::parse(&t)?.to_string());
        let postcode = fields.required("/postcode", self.postcode, postcode);
        let writes = campaign.message_to_send().is_some();
        let address = |t: String| values::text(&t, MAX_ADDRESS);
        let address = if writes {
            fields.required("/address", self.address, address)
        } else {
            fields
                .optional("/address", non_empty(self.address), address)
                .or_else(|| Some(String::new()))
        };
        let own_words = |t: String| values::text(&t, MAX_OWN_WORDS);
        let own_words = fields.optional("/own_words", non_empty(self.own_words), own_words);
        let subject_line =
            |t: String| if writes { values::line(&t, MAX_SUBJECT) } else { Err(NO_MESSAGE) };
        let subject_line = fields.optional("/subject", non_empty(self.subject), subject_line);
        let answers = parse_answers(self.consents.unwrap_or_default(), campaign, &mut fields);
        let required = name.zip(email).zip(postcode.zip(address));
        let personal = required.map(|((name, email), (postcode, address))| Personal {
            name,
            email,
            postcode,
            address,
            own_words,
            subject_line,
        });
        fields.finish(personal.map(|personal| Submission { personal, answers }))
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !values::is_blank(text))
}

fn parse_answers(
    given: Vec<AnswerRequest>,
    campaign: &Campaign,
    fields: &mut Fields,
) -> Vec<ConsentAnswer> {
    let consents = &campaign.consents;
    let mut seen = HashSet::new();
    let mut answers = Vec::with_capacity(consents.len());
    // If there are more answers than questions, one of these is a duplicate or unknown.
    for (index, answer) in given.into_iter().take(consents.len() + 1).enumerate() {
        let AnswerRequest { id: consent_id, given } = answer;
        let pointer = format!("/consents/{index}/id");
        if !consents.iter().any(|consent| consent.id == consent_id) {
            let detail = "is not one of the campaign's consent questions";
            fields.add(pointer, InvalidValue::new("unknown", detail));
        } else if !seen.insert(consent_id.clone()) {
            fields.add(pointer, InvalidValue::new("duplicate", "is answered more than once"));
        } else {
            answers.push(ConsentAnswer { consent_id, given, wording_version: campaign.version });
        }
    }
    let is_given = |id: &str| answers.iter().any(|answer| answer.consent_id == id && answer.given);
    if consents.iter().any(|consent| consent.required && !is_given(&consent.id)) {
        let detail = "lacks an agreement that the campaign requires";
        fields.add("/consents", InvalidValue::new("consent_required", detail));
    }
    answers
}
