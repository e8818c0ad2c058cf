//! Sealing and opening of what a supporter typed, at its place in the table.

use contracts::keyring::{Compartment, KeyRef, Purpose};
use kit::keyring::{
    KeyringError, Keys,
    sealed::{Broken, DataKey, Place},
};
use uuid::Uuid;

use super::domain::{Personal, SealedPersonal, SealedText};
use crate::app::App;

/// The compartments an action touches: its row, and the mails it leads to.
pub(crate) const COMPARTMENTS: [Compartment; 2] = [Compartment::Action, Compartment::Message];

/// The keys of a person for a purpose; they may be refused or destroyed.
pub(crate) async fn keys(
    app: &App,
    purpose: Purpose,
    compartments: &[Compartment],
    tenant_id: Uuid,
    subject_id: Uuid,
) -> Result<Keys, KeyringError> {
    let of = |&compartment: &Compartment| KeyRef { tenant_id, subject_id, compartment };
    let refs: Vec<KeyRef> = compartments.iter().map(of).collect();
    app.keyring.keys(purpose, &refs).await
}

pub(super) fn seal(key: &DataKey, id: Uuid, of: &Personal) -> Result<SealedPersonal, Broken> {
    let field = |column, value: &str| key.seal(row(column, id), value);
    let optional = |column, value: &Option<String>| {
        value.as_deref().map(|value| field(column, value)).transpose()
    };
    Ok(SealedPersonal {
        name: field("name", &of.name)?,
        email: field("email", &of.email)?,
        postcode: field("postcode", &of.postcode)?,
        address: field("address", &of.address)?,
        own_words: optional("own_words", &of.own_words)?,
        subject_line: optional("subject_line", &of.subject_line)?,
    })
}

/// What the person typed; none when it is erased, or not to be opened for the purpose the keys were asked for.
pub(crate) fn open(keys: &Keys, id: Uuid, of: &SealedPersonal) -> Result<Option<Personal>, Broken> {
    let field = |column, sealed: &SealedText| {
        Ok(keys.open(Compartment::Action, row(column, id), sealed)?.value())
    };
    let optional = |column, sealed: &Option<SealedText>| match sealed {
        Some(sealed) => field(column, sealed),
        None => Ok(None),
    };
    let own_words = optional("own_words", &of.own_words)?;
    let subject_line = optional("subject_line", &of.subject_line)?;
    let name = field("name", &of.name)?.zip(field("email", &of.email)?);
    let address = field("postcode", &of.postcode)?.zip(field("address", &of.address)?);
    Ok(name.zip(address).map(|((name, email), (postcode, address))| Personal {
        name,
        email,
        postcode,
        address,
        own_words,
        subject_line,
    }))
}

fn row(column: &'static str, id: Uuid) -> Place<'static> {
    Place::Row { table: "actions", column, id }
}
