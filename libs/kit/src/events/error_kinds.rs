//! Summarises errors for logs and dead letters by their kinds only: their messages may quote a person's input.

use std::error::Error;

use diesel::result::Error as DieselError;

use crate::db::DbError;

/// Longest summary, in characters.
const MAX_LENGTH: usize = 200;

/// The outermost context, if it is a fixed text, and the kind of each cause.
pub(crate) fn summary(error: &anyhow::Error) -> String {
    let fixed = error.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
    let mut kinds: Vec<String> = fixed.into_iter().chain(error.chain().filter_map(kind)).collect();
    kinds.dedup();
    let text = if kinds.is_empty() { "an error".to_owned() } else { kinds.join(": ") };
    text.chars().take(MAX_LENGTH).collect()
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

/// The kind of a database error, and its constraint, whose name we chose. The message may quote values.
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

/// The name that a derived `Debug` starts with. `None` if `Debug` prints the message instead.
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
    fn a_summary_names_kinds_and_repeats_no_values() {
        let json = serde_json::from_str::<u8>("\"Canary\"").unwrap_err();
        let json = anyhow::Error::from(json).context("the body");
        assert_eq!(summary(&json), "the body: Error: Json Data at 1:8");
        let refusal = anyhow::Error::from(Refusal::Unknown(CANARY.to_owned()));
        assert_eq!(summary(&refusal), "Unknown");
        assert_eq!(summary(&anyhow!("a fixed text")), "a fixed text");
        let named = None::<()>.context(CANARY.to_owned()).unwrap_err();
        for error in [anyhow!("hello {CANARY}"), anyhow!(CANARY.to_owned()), named] {
            assert_eq!(summary(&error), "an error");
        }
        let nested =
            anyhow::Error::from(Refusal::Unknown(CANARY.to_owned())).context(CANARY.to_owned());
        assert!(!summary(&nested).contains(CANARY), "{}", summary(&nested));
    }
}
