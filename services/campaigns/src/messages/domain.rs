//! A message and the values of its merge fields.

use uuid::Uuid;

/// The values of the merge fields.
#[derive(Debug, Clone)]
pub(super) struct MergeFields<'a> {
    pub(super) supporter_name: &'a str,
    pub(super) postcode: &'a str,
    pub(super) constituency: &'a str,
    pub(super) representative_name: &'a str,
    pub(super) salutation: &'a str,
    pub(super) own_words: &'a str,
}

/// A message to be shown, and to be sealed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// The representative's office, as published.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) email: String,
}
