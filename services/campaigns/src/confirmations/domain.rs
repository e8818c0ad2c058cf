//! What a confirmation link stands for.

use serde::Serialize;

use crate::{
    actions::domain::{Action, ConsentAnswer, MessageState, UnsealedSupporter},
    campaigns::domain::{Campaign, Consent},
    messages::composition::Composition,
};

/// All that the page shows and that confirming needs.
pub(super) struct ConfirmationContext {
    pub(super) action: Action,
    pub(super) campaign: Campaign,
    pub(super) organisation: String,
    pub(super) consents: Vec<AnsweredConsent>,
    pub(super) supporter: UnsealedSupporter,
    /// None for a campaign that does not write to representatives.
    pub(super) composition: Option<Composition>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct AnsweredConsent {
    wording: String,
    given: bool,
}

impl ConfirmationContext {
    /// As stored, or as confirming would make it.
    pub(super) fn message_state(&self) -> Option<MessageState> {
        self.action.message_state.or(self.composition.as_ref().map(Composition::state))
    }
}

/// The answers with the wordings of their questions.
pub(super) fn answered_consents(
    consents: &[Consent],
    answers: &[ConsentAnswer],
) -> Vec<AnsweredConsent> {
    let answered = answers.iter().filter_map(|answer| {
        let consent = consents.iter().find(|consent| consent.id == answer.consent_id)?;
        Some(AnsweredConsent { wording: consent.wording.clone(), given: answer.given })
    });
    answered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_get_the_wordings_of_their_questions() {
        let consent = |id: &str, wording: &str| Consent {
            id: id.to_owned(),
            purpose: "act".to_owned(),
            wording: wording.to_owned(),
            required: false,
        };
        let answer = |id: &str, given| ConsentAnswer {
            consent_id: id.to_owned(),
            given,
            wording_version: 1,
        };
        let consents = [consent("terms", "I agree."), consent("news", "Send me news.")];
        let answers = [answer("news", false), answer("gone", true), answer("terms", true)];
        let expected = [
            AnsweredConsent { wording: "Send me news.".to_owned(), given: false },
            AnsweredConsent { wording: "I agree.".to_owned(), given: true },
        ];
        assert_eq!(answered_consents(&consents, &answers), expected);
    }
}
