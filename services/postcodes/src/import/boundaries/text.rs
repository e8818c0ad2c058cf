//! The text of a file: its encoding, and locations in it.

use std::borrow::Cow;

/// UTF-8 with or without a byte order mark, otherwise Latin-1, in which every byte is a character.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// The offset of a part of a text, in bytes.
pub(super) fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

/// The start of a part, as `line 3, column 7`.
pub(super) fn place(text: &str, part: &str) -> String {
    let (line, column) = line_and_column(text, part);
    format!("line {line}, column {column}")
}

/// An error in a part, with its line and column in the whole text, from 1.
pub(super) fn error_at(text: &str, part: &str, error: &serde_json::Error) -> anyhow::Error {
    let (mut line, mut column) = line_and_column(text, part);
    column = if error.line() > 1 { error.column() } else { column + error.column().max(1) - 1 };
    line += error.line().max(1) - 1;
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or_default();
    anyhow::anyhow!("line {line}, column {column}: {what}")
}

fn line_and_column(text: &str, part: &str) -> (usize, usize) {
    let before = text.get(..offset(text, part)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before.len() - line_start + 1)
}

#[cfg(test)]
mod tests {
    use super::{decode, error_at, place};

    #[test]
    fn latin_1_is_read_where_the_bytes_are_no_utf_8() {
        assert_eq!(decode("Ynys Môn".as_bytes()), "Ynys Môn");
        assert_eq!(decode(b"Ynys M\xf4n"), "Ynys Môn");
        assert_eq!(decode("\u{feff}{}".as_bytes()), "{}");
    }

    #[test]
    fn errors_are_located_in_the_whole_text() {
        let text = "{\n  [1, 2,\n  \"x\"]";
        let part = &text[4..];
        assert_eq!(place(text, part), "line 2, column 3");
        let on_next_line = serde_json::from_str::<Vec<u8>>(part).unwrap_err();
        let error = error_at(text, part, &on_next_line).to_string();
        assert!(error.starts_with("line 3, column 5: invalid type"), "{error}");
        let on_same_line = serde_json::from_str::<Vec<u8>>("[1, x]").unwrap_err();
        assert!(error_at(text, part, &on_same_line).to_string().starts_with("line 2, column 7"));
    }
}
