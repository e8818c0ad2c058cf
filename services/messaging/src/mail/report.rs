//! The wording of the email to a supporter whose message could not be delivered. It repeats what they wrote: they have
//! confirmed that the address is theirs.

use chrono::{DateTime, Utc};

use super::header::clean;

/// Longest name of a person, in characters.
const MAX_NAME: usize = 100;

pub(crate) struct Report<'a> {
    /// The supporter's.
    pub(crate) name: &'a str,
    /// The representative's name.
    pub(crate) representative: &'a str,
    pub(crate) subject_line: &'a str,
    pub(crate) body: &'a str,
    pub(crate) confirmed_at: DateTime<Utc>,
}

impl Report<'_> {
    pub(crate) fn subject(&self) -> String {
        format!("Not delivered: your message to {}", clean(self.representative, MAX_NAME))
    }

    pub(crate) fn body(&self) -> String {
        let Self { subject_line, body, .. } = self;
        let (name, representative) =
            (clean(self.name, MAX_NAME), clean(self.representative, MAX_NAME));
        let day = self.confirmed_at.format("%-d %B %Y");
        format!(
            "Hello {name},\n\n\
             We could not deliver the message to {representative} that you confirmed on {day}. We have tried again \
             and again, and have stopped now: it has not reached their office.\n\n\
             We are sorry. You can send it yourself; this is what you wrote:\n\n\
             {subject_line}\n\n\
             {body}\n"
        )
    }
}
