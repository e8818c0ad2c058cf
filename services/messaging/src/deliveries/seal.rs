//! Seals a message for its row, and opens it to be sent.

use contracts::{Sealed, keyring::Compartment};
use kit::keyring::{
    Keys,
    sealed::{DataKey, OpenError, SealContext},
};
use uuid::Uuid;

use super::domain::SealedMessage;
use crate::mail::compose::Message;

/// Seals every part for the row `id`.
pub(super) fn seal(key: &DataKey, id: Uuid, message: &Message) -> Result<SealedMessage, OpenError> {
    let seal = |column, text: &str| key.seal(row(column, id), text).map(Sealed::into_bytes);
    Ok(SealedMessage {
        to_name: seal("to_name", &message.to_name)?,
        to_address: seal("to_address", &message.to_address)?,
        from_name: seal("from_name", &message.from_name)?,
        reply_to: message.reply_to.as_ref().map(|text| seal("reply_to", text)).transpose()?,
        subject_line: seal("subject_line", &message.subject_line)?,
        body: seal("body", &message.body)?,
        language: message.language.clone(),
    })
}

/// Opens every part; none when the person's key is destroyed or refused.
pub(super) fn open(
    keys: &Keys,
    id: Uuid,
    sealed: SealedMessage,
) -> Result<Option<Message>, OpenError> {
    let open = |column, bytes: Vec<u8>| {
        let sealed = Sealed::<String>::from_bytes(bytes);
        Ok(keys.open(Compartment::Message, row(column, id), &sealed)?.value())
    };
    let reply_to = sealed.reply_to.map(|bytes| open("reply_to", bytes)).transpose()?;
    let parts = (
        open("to_name", sealed.to_name)?,
        open("to_address", sealed.to_address)?,
        open("from_name", sealed.from_name)?,
        open("subject_line", sealed.subject_line)?,
        open("body", sealed.body)?,
    );
    // All parts have the same key: either all open or none does.
    let (Some(to_name), Some(to_address), Some(from_name), Some(subject_line), Some(body)) = parts
    else {
        return Ok(None);
    };
    let (reply_to, language) = (reply_to.flatten(), sealed.language);
    Ok(Some(Message { to_name, to_address, from_name, reply_to, subject_line, body, language }))
}

fn row(column: &'static str, id: Uuid) -> SealContext<'static> {
    SealContext::Row { table: "deliveries", column, id }
}
