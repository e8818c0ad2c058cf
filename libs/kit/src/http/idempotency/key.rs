//! Parses the `Idempotency-Key` header. A key may be bare or quoted, as an RFC 8941 string.

use actix_web::http::header::HeaderMap;

use crate::http::problem::{FieldError, Problem};

const NAME: &str = "Idempotency-Key";
/// Longest key, in characters.
const MAX_LENGTH: usize = 255;

/// The key of a request; `None` if the header is absent.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(NAME);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(invalid("duplicate", "must be sent once"));
    }
    let key = value.to_str().ok().and_then(parse);
    key.map(Some).ok_or_else(|| {
        invalid("malformed", "must be 1 to 255 printable ASCII characters, quoted or bare")
    })
}

fn parse(value: &str) -> Option<String> {
    let value = value.trim_matches([' ', '\t']);
    let key = match value.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => value.to_owned(),
    };
    let is_printable = key.chars().all(|c| matches!(c, ' '..='~'));
    (is_printable && (1..=MAX_LENGTH).contains(&key.len())).then_some(key)
}

/// Parses the rest of an RFC 8941 string after its opening quote. Nothing may follow the closing quote.
fn unquote(text: &str) -> Option<String> {
    let (mut key, mut chars) = (String::new(), text.chars());
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(key),
            '\\' => key.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
            c => key.push(c),
        }
    }
}

fn invalid(code: &'static str, detail: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(NAME, code, detail)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_key_equals_the_bare_one() {
        for value in ["k-1", "\"k-1\"", " k-1 ", "\t\"k-1\" "] {
            assert_eq!(parse(value).as_deref(), Some("k-1"), "{value}");
        }
        assert_eq!(parse(r#""a \"b\" \\c""#), parse(r#"a "b" \c"#));
        assert_eq!(parse("\" k\"").as_deref(), Some(" k"), "spaces inside the quotes count");
        assert!(parse(&format!("\"{}\"", "k".repeat(MAX_LENGTH))).is_some());
    }

    #[test]
    fn malformed_keys_are_rejected() {
        let long = "k".repeat(MAX_LENGTH + 1);
        let quoted_long = format!("\"{long}\"");
        for value in [
            "",
            " ",
            "\"\"",
            "\"",
            "\"open",
            "\"a\" b",
            "\"a\";b=1",
            "\"a\\",
            r#""a\b""#,
            "a\tb",
            "é",
            &long,
            &quoted_long,
        ] {
            assert_eq!(parse(value), None, "{value}");
        }
    }
}
