//! Seals a message for the event that carries it: done before the transaction that records the event.

use contracts::{Event as _, Sealed, campaigns::MessageComposed, keyring::Compartment};
use kit::keyring::{
    Keys,
    sealed::{Broken, DataKey, Place},
};
use uuid::Uuid;

use super::{
    domain::{Context, Message, Target},
    events::{self, SealedMessage},
};
use crate::actions::domain::Personal;

/// An event ready for the outbox.
pub(crate) struct Outgoing {
    pub(crate) event_id: Uuid,
    pub(crate) event: MessageComposed,
}

pub(crate) fn outgoing(
    keys: &Keys,
    context: Context,
    target: Target,
    personal: &Personal,
    message: &Message,
) -> anyhow::Result<Outgoing> {
    let key = keys.sealing(Compartment::Message)?;
    let id = context.event;
    let sealed = SealedMessage {
        from_name: field(key, "from_name", id, &personal.name)?,
        reply_to: field(key, "reply_to", id, &personal.email)?,
        subject_line: field(key, "subject_line", id, &message.subject)?,
        body: field(key, "body", id, &message.body)?,
    };
    Ok(Outgoing { event_id: id, event: events::composed(context, target, sealed) })
}

fn field(key: &DataKey, field: &str, id: Uuid, value: &str) -> Result<Sealed<String>, Broken> {
    key.seal(Place::Event { kind: MessageComposed::TYPE, field, id }, value)
}
