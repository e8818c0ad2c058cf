//! Single values as people type them, parsed once at the edge. An error never repeats the value.

use contracts::values::{InvalidValue, is_invisible};

const EMPTY: InvalidValue = InvalidValue::new("empty", "must not be empty");
const TOO_LONG: InvalidValue = InvalidValue::new("too_long", "is too long");
const CONTROL: InvalidValue =
    InvalidValue::new("control_character", "contains a line break or another control character");
const URL: InvalidValue = InvalidValue::new(
    "url",
    "looks like a web address; put a space after a dot, and leave out / @ < >",
);
const GSS_CODE: InvalidValue =
    InvalidValue::new("malformed", "is not a GSS code: E, W, S or N and eight digits");

/// One line of 1 to `max` characters, trimmed. Cannot break out of an email header.
pub(crate) fn line(text: &str, max: usize) -> Result<String, InvalidValue> {
    // Before trimming, so that a line break at the end is refused too.
    if text.chars().any(is_control) {
        return Err(CONTROL);
    }
    bounded(text, max)
}

/// Several lines of 1 to `max` characters. Every kind of line break, as word processors paste them, becomes `\n`, and marks
/// that reorder what a reader sees are left out.
pub(crate) fn text(text: &str, max: usize) -> Result<String, InvalidValue> {
    let text = text.replace("\r\n", "\n").replace(LINE_BREAKS, "\n").replace(is_bidi_mark, "");
    if text.chars().any(|c| is_control(c) && c != '\n' && c != '\t') {
        return Err(CONTROL);
    }
    bounded(&text, max)
}

/// Whether a field was left empty: forms send an empty text for it, or what was typed to get past a required field.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// A person's name: one line without anything that an email program makes a link of.
pub(crate) fn person_name(text: &str, max: usize) -> Result<String, InvalidValue> {
    let name = line(text, max)?;
    let is_link = |word: &str| word.contains('/') && !is_patronymic(word);
    if name.contains(['\\', '@', '<', '>'])
        || name.split_whitespace().any(is_link)
        || name.split_whitespace().any(is_domain_like)
    {
        return Err(URL);
    }
    Ok(name)
}

/// `d/o`, `s/o`, `a/l`: "daughter of", "son of" in names of India, Malaysia and Singapore.
fn is_patronymic(word: &str) -> bool {
    let is_letter = |part: &str| part.len() == 1 && part.chars().all(|c| c.is_ascii_alphabetic());
    word.split_once('/').is_some_and(|(left, right)| is_letter(left) && is_letter(right))
}

/// A GSS code of one of the four nations.
pub(crate) fn gss_code(text: &str) -> Result<String, InvalidValue> {
    let text = text.trim().to_ascii_uppercase();
    let digits = text.strip_prefix(['E', 'W', 'S', 'N']).ok_or(GSS_CODE)?;
    if digits.len() == 8 && digits.chars().all(|c| c.is_ascii_digit()) {
        Ok(text)
    } else {
        Err(GSS_CODE)
    }
}

fn bounded(text: &str, max: usize) -> Result<String, InvalidValue> {
    let text = text.trim();
    match text.chars().count() {
        _ if is_blank(text) => Err(EMPTY),
        length if length > max => Err(TOO_LONG),
        _ => Ok(text.to_owned()),
    }
}

/// Vertical tab, form feed, next line, line and paragraph separator, and a carriage return alone.
const LINE_BREAKS: [char; 6] = ['\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Control characters, the Unicode line breaks, and marks that reorder what a reader sees.
fn is_control(c: char) -> bool {
    c.is_control() || LINE_BREAKS.contains(&c) || is_bidi_mark(c)
}

fn is_bidi_mark(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `evil.example`: two or more letters or digits on both sides of a dot.
fn is_domain_like(word: &str) -> bool {
    let long = |part: &&str| part.chars().filter(|c| c.is_alphanumeric()).count() >= 2;
    let parts: Vec<&str> = word.split('.').collect();
    parts.windows(2).any(|pair| pair.iter().all(long))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_pass_and_links_and_line_breaks_do_not() {
        for good in
            ["Ada Lovelace", "J.R.R. Tolkien", "Siân O’Brien-Smith", "李雷", "Priya d/o Raman"]
        {
            assert_eq!(person_name(good, 100).unwrap(), good);
        }
        for bad in [
            "http://x.example",
            "see evil.example now",
            "www.evil",
            "a@b.example",
            "x<b>",
            "see /x",
            "a/b/c",
        ] {
            assert_eq!(person_name(bad, 100).unwrap_err(), URL, "{bad}");
        }
        for bad in ["Ada\r\nBcc: all@x.example", "Ada\n", "Ada\0", "Ada\u{202e}", "Ada\u{2028}x"] {
            assert_eq!(person_name(bad, 100).unwrap_err(), CONTROL, "{bad:?}");
        }
        assert_eq!(person_name("  ", 100).unwrap_err(), EMPTY);
        assert_eq!(person_name(&"a".repeat(101), 100).unwrap_err(), TOO_LONG);
    }

    #[test]
    fn texts_keep_their_lines_and_lose_carriage_returns() {
        assert_eq!(text("a\r\nb\tc", 10).unwrap(), "a\nb\tc");
        assert_eq!(text("a\u{7}", 10).unwrap_err(), CONTROL);
        assert_eq!(text("a\u{b}b\u{2028}c\rd", 10).unwrap(), "a\nb\nc\nd");
        assert_eq!(text("\u{202a}a\u{202c} b", 10).unwrap(), "a b");
        assert!(is_blank(" \u{200b}\u{a0}\n") && !is_blank(" a "));
        assert!(
            gss_code("E14001234").is_ok()
                && gss_code("X14001234").is_err()
                && gss_code("E1").is_err()
        );
    }
}
