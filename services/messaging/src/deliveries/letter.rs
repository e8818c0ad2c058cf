//! A letter sealed for its row, and opened for its sending.

use contracts::{
    Sealed,
    keyring::{Compartment, Purpose},
};
use kit::keyring::{
    Keys,
    sealed::{Broken, DataKey, Opened, Place},
};
use uuid::Uuid;

use super::domain::{Kind, SealedLetter};
use crate::mail::compose::Letter;

const TABLE: &str = "deliveries";

/// Why a mail of this kind is opened.
pub(crate) fn purpose(kind: Kind) -> Purpose {
    match kind {
        Kind::Confirmation => Purpose::Confirm,
        Kind::Representative => Purpose::Deliver,
    }
}

/// Seals every part for the row `id`.
pub(crate) fn seal(key: &DataKey, id: Uuid, letter: &Letter) -> Result<SealedLetter, Broken> {
    let seal = |column, text: &str| {
        key.seal(Place::Row { table: TABLE, column, id }, text).map(Sealed::into_bytes)
    };
    Ok(SealedLetter {
        to_name: seal("to_name", &letter.to_name)?,
        to_address: seal("to_address", &letter.to_address)?,
        from_name: seal("from_name", &letter.from_name)?,
        reply_to: letter.reply_to.as_ref().map(|text| seal("reply_to", text)).transpose()?,
        subject_line: seal("subject_line", &letter.subject_line)?,
        body: seal("body", &letter.body)?,
    })
}

/// Opens every part; `None` when the person's key is gone.
pub(crate) fn open(keys: &Keys, id: Uuid, sealed: SealedLetter) -> Result<Option<Letter>, Broken> {
    let open = |column, bytes: Vec<u8>| {
        let place = Place::Row { table: TABLE, column, id };
        keys.open::<String>(Compartment::Message, place, &Sealed::from_bytes(bytes))
            .map(Opened::value)
    };
    let reply_to = match sealed.reply_to {
        Some(bytes) => match open("reply_to", bytes)? {
            Some(text) => Some(text),
            None => return Ok(None),
        },
        None => None,
    };
    let parts = (
        open("to_name", sealed.to_name)?,
        open("to_address", sealed.to_address)?,
        open("from_name", sealed.from_name)?,
        open("subject_line", sealed.subject_line)?,
        open("body", sealed.body)?,
    );
    let (Some(to_name), Some(to_address), Some(from_name), Some(subject_line), Some(body)) = parts
    else {
        return Ok(None);
    };
    Ok(Some(Letter { to_name, to_address, from_name, reply_to, subject_line, body }))
}
