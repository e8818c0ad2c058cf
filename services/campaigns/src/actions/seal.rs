//! Seals what a supporter typed for its row, and opens it.

use contracts::keyring::Compartment;
use kit::keyring::{
    Keys,
    sealed::{DataKey, OpenError, SealContext},
};
use uuid::Uuid;

use super::domain::{Personal, SealedPersonal, SealedText};

pub(super) fn seal(
    key: &DataKey,
    action_id: Uuid,
    personal: &Personal,
) -> Result<SealedPersonal, OpenError> {
    let field = |column, value: &str| key.seal(place(column, action_id), value);
    let optional = |column, value: &Option<String>| {
        value.as_deref().map(|value| field(column, value)).transpose()
    };
    Ok(SealedPersonal {
        name: field("name", &personal.name)?,
        email: field("email", &personal.email)?,
        postcode: field("postcode", &personal.postcode)?,
        address: field("address", &personal.address)?,
        own_words: optional("own_words", &personal.own_words)?,
        subject_line: optional("subject_line", &personal.subject_line)?,
    })
}

/// None if the data is erased, or if the keys are refused for the purpose they were requested for.
pub(super) fn open(
    keys: &Keys,
    action_id: Uuid,
    sealed: &SealedPersonal,
) -> Result<Option<Personal>, OpenError> {
    let field = |column, value: &SealedText| {
        Ok(keys.open(Compartment::Action, place(column, action_id), value)?.value())
    };
    let optional = |column, value: &Option<SealedText>| match value {
        Some(value) => field(column, value),
        None => Ok(None),
    };
    let own_words = optional("own_words", &sealed.own_words)?;
    let subject_line = optional("subject_line", &sealed.subject_line)?;
    let name = field("name", &sealed.name)?.zip(field("email", &sealed.email)?);
    let address = field("postcode", &sealed.postcode)?.zip(field("address", &sealed.address)?);
    Ok(name.zip(address).map(|((name, email), (postcode, address))| Personal {
        name,
        email,
        postcode,
        address,
        own_words,
        subject_line,
    }))
}

fn place(column: &'static str, id: Uuid) -> SealContext<'static> {
    SealContext::Row { table: "actions", column, id }
}
