//! What may be told of an error of somebody else's making: its kinds, never its words, which may quote a person's input.

use std::error::Error;

use diesel::result::Error as DieselError;

use crate::db::DbError;

/// Longer says nothing more.
const MAX: usize = 200;

/// The fixed text at the top, if the code gave one, and the kind of each cause below it.
pub(crate) fn kinds(error: &anyhow::Error) -> String {
    let fixed = error.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
    let mut kinds: Vec<String> = fixed.into_iter().chain(error.chain().filter_map(kind)).collect();
    kinds.dedup();
    let text = if kinds.is_empty() { "an error".to_owned() } else { kinds.join(": ") };
    text.chars().take(MAX).collect()
}

fn kind(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<serde_json::Error>() {
        let (line, column) = (error.line(), error.column());
        return Some(format!("Json {:?} at {line}:{column}", error.classify()));
    }
    if let Some(DbError::Query(error)) = cause.downcast_ref::<DbError>() {
        return Some(database(error));
    }
    if let Some(error) = cause.downcast_ref::<DieselError>() {
        return Some(database(error));
    }
    variant(&format!("{cause:?}"), &cause.to_string())
}

/// Of the database's words only the name of the constraint is ours.
fn database(error: &DieselError) -> String {
    match error {
        DieselError::DatabaseError(kind, info) => {
            format!("Database {kind:?} {}", info.constraint_name().unwrap_or_default())
                .trim_end()
                .to_owned()
        }
        other => variant(&format!("{other:?}"), "").unwrap_or_else(|| "Database".to_owned()),
    }
}

/// The name that a derived `Debug` begins with. Where `Debug` tells the message, there is none.
fn variant(debug: &str, message: &str) -> Option<String> {
    let end = debug.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(debug.len());
    let (name, rest) = debug.split_at_checked(end)?;
    let derived = name.starts_with(|c: char| c.is_ascii_uppercase())
        && (rest.is_empty() || rest.starts_with('(') || rest.starts_with(" {"));
    (derived && debug != message).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    const CANARY: &str = "Canary";

    #[derive(Debug, thiserror::Error)]
    enum Refusal {
        #[error("no such name: {0}")]
        Unknown(String),
    }

    #[test]
    fn kinds_are_told_and_values_are_not() {
        let json = serde_json::from_str::<u8>("\"Canary\"").unwrap_err();
        let json = anyhow::Error::from(json).context("the body");
        assert_eq!(kinds(&json), "the body: Error: Json Data at 1:8");
        let refusal = anyhow::Error::from(Refusal::Unknown(CANARY.to_owned()));
        assert_eq!(kinds(&refusal), "Unknown");
        assert_eq!(kinds(&anyhow!("the ink is dry")), "the ink is dry");
        let named = None::<()>.context(CANARY.to_owned()).unwrap_err();
        for error in [anyhow!("hello {CANARY}"), anyhow!(CANARY.to_owned()), named] {
            assert_eq!(kinds(&error), "an error");
        }
        let nested =
            anyhow::Error::from(Refusal::Unknown(CANARY.to_owned())).context(CANARY.to_owned());
        assert!(!kinds(&nested).contains(CANARY), "{}", kinds(&nested));
    }
}
