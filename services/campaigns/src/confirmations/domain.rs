//! What a confirmation link stands for.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    actions::domain::{
        Action, ConsentAnswer, CountedAction, MessageState, State, UnsealedSupporter,
    },
    campaigns::domain::{Campaign, Consent},
    messages::{
        composition::Composition,
        domain::{Message, Target},
    },
};

/// All that the page shows and that confirming needs.
pub(super) struct ConfirmationContext {
    pub(super) action: Action,
    pub(super) campaign: Campaign,
    pub(super) organisation: String,
    pub(super) consents: Vec<AnsweredConsent>,
    pub(super) supporter: UnsealedSupporter,
    /// The person's action that counts: this one or another.
    pub(super) counted: Option<CountedAction>,
    /// None for a campaign that does not write to representatives.
    pub(super) composition: Option<Composition>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct AnsweredConsent {
    wording: String,
    given: bool,
}

impl ConfirmationContext {
    /// `Repeated` as soon as another action of the person counts.
    pub(super) fn state(&self) -> State {
        match self.action.shown_state() {
            State::Submitted if self.counted.is_some() => State::Repeated,
            state => state,
        }
    }

    /// Until when the link works.
    pub(super) fn expires_at(&self) -> DateTime<Utc> {
        let end = self.campaign.grace_ends_at.unwrap_or(self.action.expires_at);
        end.min(self.action.expires_at)
    }

    /// Of the message that was sent, or that confirming would send.
    pub(super) fn message_state(&self) -> Option<MessageState> {
        match (self.counted, self.action.state) {
            (Some(counted), _) => counted.message_state,
            (None, State::Submitted) => self.composition.as_ref().map(Composition::state),
            (None, _) => None,
        }
    }

    /// None if there is none, or if nobody here knows it now.
    pub(super) fn message(&self) -> Option<(&Target, &Message)> {
        match &self.composition {
            Some(Composition::Ready { target, message, .. }) if self.state() != State::Repeated => {
                Some((target, message))
            }
            _ => None,
        }
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
