//! The event that carries a message to messaging. It is sealed before the transaction that records it.

use contracts::{Event as _, campaigns::MessageComposed, keyring::Compartment};
use kit::{id::Ids, keyring::sealed::SealContext};
use uuid::Uuid;

use super::composition::Composition;
use crate::actions::domain::{Action, UnsealedSupporter};

/// An event for the outbox.
pub(crate) struct OutgoingMessage {
    pub(crate) event_id: Uuid,
    pub(crate) event: MessageComposed,
}

/// None if the message is not ready to be sent.
pub(crate) fn outgoing(
    ids: Ids,
    action: &Action,
    supporter: &UnsealedSupporter,
    composition: Option<&Composition>,
) -> anyhow::Result<Option<OutgoingMessage>> {
    let Some(Composition::Ready { target, message, language }) = composition else {
        return Ok(None);
    };
    let (event_id, personal) = (ids.next(), &supporter.personal);
    let key = supporter.keys.sealing_key(Compartment::Message)?;
    let seal = |field, value: &str| {
        key.seal(SealContext::Event { kind: MessageComposed::TYPE, field, id: event_id }, value)
    };
    let event = MessageComposed {
        message_id: ids.next(),
        action_id: action.id,
        campaign_id: action.campaign_id,
        subject_id: supporter.subject_id,
        target_id: target.id,
        target_name: target.name.clone(),
        target_email: target.email.clone(),
        language: Some(language.clone()),
        from_name: seal("from_name", &personal.name)?,
        reply_to: seal("reply_to", &personal.email)?,
        subject_line: seal("subject_line", &message.subject)?,
        body: seal("body", &message.body)?,
    };
    Ok(Some(OutgoingMessage { event_id, event }))
}
