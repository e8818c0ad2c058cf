//! Composes the message of one action, if there is a representative to write to.

use super::{
    domain::{MergeFields, Message, Target},
    template::{self, Unrenderable},
};
use crate::{
    actions::domain::{MessageState, Personal},
    campaigns::domain::Campaign,
    constituencies::domain::ConstituencyLookup,
    representatives::domain::Representative,
};

/// The message of an action, or why there is none.
#[derive(Debug, Clone)]
pub(crate) enum Composition {
    Ready {
        target: Target,
        message: Message,
        /// The campaign's.
        language: String,
    },
    /// The constituency is not known yet.
    Waiting,
    /// The constituency has no representative.
    NoTarget,
}

/// None if the campaign does not write to representatives.
pub(crate) fn compose(
    campaign: &Campaign,
    lookup: &ConstituencyLookup,
    personal: &Personal,
    representative: Option<Representative>,
) -> Result<Option<Composition>, Unrenderable> {
    let Some(template) = campaign.message_to_send() else { return Ok(None) };
    let (constituency, to) = match (lookup, representative) {
        (ConstituencyLookup::Pending, _) => return Ok(Some(Composition::Waiting)),
        (ConstituencyLookup::Found(constituency), Some(to)) => (constituency, to),
        _ => return Ok(Some(Composition::NoTarget)),
    };
    let fields = MergeFields {
        supporter_name: &personal.name,
        postcode: &personal.postcode,
        constituency: &constituency.name,
        representative_name: &to.name,
        salutation: &to.salutation,
        own_words: personal.own_words.as_deref().unwrap_or_default(),
    };
    let own_subject = personal.subject_line.as_deref();
    let message = template::compose(template, &fields, &personal.address, own_subject)?;
    let target = Target { id: to.id, name: to.name, email: to.office_email };
    Ok(Some(Composition::Ready { target, message, language: campaign.language.clone() }))
}

impl Composition {
    /// The state that the action's row gets.
    pub(crate) fn state(&self) -> MessageState {
        match self {
            Self::Ready { .. } => MessageState::Composed,
            Self::Waiting => MessageState::Waiting,
            Self::NoTarget => MessageState::NoTarget,
        }
    }
}
