//! What a supporter was shown, and when. Sealed with the person's key, so every replica reads it, nobody else makes one, and
//! it ends with the person.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{Sealed, keyring::Compartment};
use kit::{
    http::problem::FieldError,
    keyring::sealed::{OpenError, SealContext},
};
use serde::{Deserialize, Serialize};

use super::domain::ConfirmationContext;
use crate::{actions::domain::State, error::Error};

/// Bytes of the hash that stands for a text.
const BYTES: usize = 16;

/// The content of a token.
#[derive(Serialize, Deserialize, Clone)]
struct Shown {
    at: DateTime<Utc>,
    message: Digests,
}

/// Hashes of the parts of a message; empty if there was none.
#[derive(Serialize, Deserialize, Clone, Default)]
struct Digests {
    to: String,
    subject: String,
    body: String,
}

/// None if nothing is left to confirm.
pub(super) fn seal(
    context: &ConfirmationContext,
    now: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    if context.state() != State::Submitted {
        return Ok(None);
    }
    let key =
        context.supporter.keys.sealing_key(Compartment::Action).map_err(|_no_key| OpenError)?;
    let shown = Shown { at: now, message: digests(context) };
    Ok(Some(URL_SAFE_NO_PAD.encode(key.seal(place(context), &shown)?.as_bytes())))
}

/// Checks that what would be sent now was shown, and for long enough that a person could have seen it.
pub(super) fn check(
    context: &ConfirmationContext,
    token: &str,
    now: DateTime<Utc>,
    pause: TimeDelta,
) -> Result<(), Error> {
    let unread = || Error::ConfirmationUnread { pause };
    let shown = open(context, token).ok_or_else(unread)?;
    // The clock of the replica that showed the page may be ahead.
    if (now - shown.at).abs() < pause {
        return Err(unread());
    }
    let changes = changes(&shown.message, &digests(context));
    if changes.is_empty() { Ok(()) } else { Err(Error::ConfirmationChanged(changes)) }
}

/// None if it is no token of this link.
fn open(context: &ConfirmationContext, token: &str) -> Option<Shown> {
    let sealed = Sealed::from_bytes(URL_SAFE_NO_PAD.decode(token).ok()?);
    let keys = &context.supporter.keys;
    keys.open(Compartment::Action, place(context), &sealed).ok()?.value()
}

fn place(context: &ConfirmationContext) -> SealContext<'static> {
    SealContext::Row { table: "actions", column: "confirmation token", id: context.action.id }
}

fn digests(context: &ConfirmationContext) -> Digests {
    let Some((target, message)) = context.message() else { return Digests::default() };
    Digests { to: hash(&target.name), subject: hash(&message.subject), body: hash(&message.body) }
}

fn hash(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..BYTES).unwrap_or_default())
}

fn changes(shown: &Digests, current: &Digests) -> Vec<FieldError> {
    let parts = [
        ("/message/to", shown.to == current.to),
        ("/message/subject", shown.subject == current.subject),
        ("/message/body", shown.body == current.body),
    ];
    let changed = parts.into_iter().filter(|(_, is_same)| !is_same);
    changed
        .map(|(part, _)| FieldError::new(part, "changed", "changed since it was shown"))
        .collect()
}
