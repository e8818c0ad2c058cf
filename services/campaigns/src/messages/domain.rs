//! A message and what is filled into it.

use uuid::Uuid;

/// What the merge fields stand for.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    pub(crate) supporter_name: &'a str,
    pub(crate) postcode: &'a str,
    pub(crate) constituency: &'a str,
    pub(crate) representative_name: &'a str,
    pub(crate) salutation: &'a str,
    pub(crate) own_words: &'a str,
}

/// Ready to be shown, and to be sealed and sent.
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

/// Whose message it is, and about what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    pub(crate) event: Uuid,
    pub(crate) message: Uuid,
    pub(crate) action: Uuid,
    pub(crate) campaign: Uuid,
    pub(crate) subject: Uuid,
}

/// The postal address in the head, where offices look for it, then the text.
pub(crate) fn with_head(name: &str, address: &str, postcode: &str, text: &str) -> String {
    format!("{name}\n{address}\n{postcode}\n\n{text}")
}
