//! What a supporter sends. Every field optional in its type, so that all that is missing or wrong is told at once.

use std::collections::HashSet;

use contracts::values::{InvalidValue, email::EmailAddress, postcode::Postcode};
use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;

use super::domain::Answer;
use crate::{campaigns::domain::Consent, values};

pub(crate) const MAX_NAME: usize = 100;
pub(crate) const MAX_ADDRESS: usize = 500;
pub(crate) const MAX_OWN_WORDS: usize = 10_000;
pub(crate) const MAX_SUBJECT: usize = 150;

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

/// The same, parsed.
#[derive(Clone)]
pub(crate) struct Submission {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) postcode: Postcode,
    pub(crate) address: String,
    pub(crate) own_words: Option<String>,
    pub(crate) subject_line: Option<String>,
    pub(crate) answers: Vec<Answer>,
}

impl SubmitRequest {
    pub(crate) fn parse(self, consents: &[Consent]) -> Result<Submission, Problem> {
        let mut fields = Fields::default();
        let name = |t: String| values::person_name(&t, MAX_NAME);
        let name = fields.required("/name", self.name, name);
        let email = fields.required("/email", self.email, |t| EmailAddress::typed(&t));
        let postcode = fields.required("/postcode", self.postcode, |t| Ok(Postcode::parse(&t)?));
        let address = |t: String| values::text(&t, MAX_ADDRESS);
        let address = fields.required("/address", self.address, address);
        let own_words = |t: String| values::text(&t, MAX_OWN_WORDS);
        let own_words = fields.optional("/own_words", typed(self.own_words), own_words);
        let subject_line = |t: String| values::line(&t, MAX_SUBJECT);
        let subject_line = fields.optional("/subject", typed(self.subject), subject_line);
        let answers = answers(self.consents.unwrap_or_default(), consents, &mut fields);
        let whole = name.zip(email).zip(postcode).zip(address);
        fields.finish(whole.map(|(((name, email), postcode), address)| Submission {
            name,
            email,
            postcode,
            address,
            own_words,
            subject_line,
            answers,
        }))
    }
}

/// A form sends an empty text for what was left empty.
fn typed(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn answers(given: Vec<AnswerRequest>, consents: &[Consent], fields: &mut Fields) -> Vec<Answer> {
    let mut seen = HashSet::new();
    let mut answers = Vec::with_capacity(consents.len());
    // One answer more than there are questions is a duplicate or unknown already.
    for (index, answer) in given.into_iter().take(consents.len() + 1).enumerate() {
        let pointer = format!("/consents/{index}/id");
        if !consents.iter().any(|consent| consent.id == answer.id) {
            fields.add(
                pointer,
                InvalidValue::new("unknown", "is not one of the campaign's consent questions"),
            );
        } else if !seen.insert(answer.id.clone()) {
            fields.add(pointer, InvalidValue::new("duplicate", "is answered more than once"));
        } else {
            answers.push(Answer { consent_id: answer.id, given: answer.given });
        }
    }
    let is_given = |id: &str| answers.iter().any(|answer| answer.consent_id == id && answer.given);
    if consents.iter().any(|consent| consent.required && !is_given(&consent.id)) {
        let detail = "lacks an agreement that the campaign requires";
        fields.add("/consents", InvalidValue::new("consent_required", detail));
    }
    answers
}
