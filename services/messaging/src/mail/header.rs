//! Header values that cannot inject other headers: free of control characters, encoded by RFC 2047, folded by RFC 5322.
//!
//! Written here because mail-builder puts encoded words inside quotes, which RFC 2047 §5 forbids, and folds with an
//! additional tab, which readers see.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};

/// Longest line we write, in characters; RFC 5322 recommends at most 78.
const LINE: usize = 76;
/// Bytes of text in one encoded word, so that it fits on a line after the longest of our header names.
const WORD: usize = 39;
/// Longest display name, in characters.
const MAX_NAME: usize = 120;
/// Longest subject, in characters.
const MAX_SUBJECT: usize = 250;

/// One line of text: control characters (line ends above all), invisible direction marks and runs of spaces become one
/// space. The two joiners stay: Persian, Sinhala and families of emoji are spelled with them.
pub(super) fn clean(text: &str, max: usize) -> String {
    let is_gap = |c: char| c.is_control() || c.is_whitespace() || is_invisible(c);
    let words: Vec<&str> = text.split(is_gap).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(max).collect::<String>().trim_end().to_owned()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// `Name: value` of free text, encoded if it is not ASCII.
pub(super) fn text(name: &str, value: &str) -> String {
    let value = clean(value, MAX_SUBJECT);
    let words = if value.is_ascii() && !is_like_encoded_word(&value) {
        value.split(' ').map(ToOwned::to_owned).collect()
    } else {
        encoded_words(&value)
    };
    fold(name, &words)
}

/// What looks like an encoded word is encoded, so that a reader sees what was typed: email programs decode such words inside
/// quotes too.
fn is_like_encoded_word(value: &str) -> bool {
    value.contains("=?")
}

/// `Name: "Display Name" <address>`; the address has been parsed, so it holds no line end.
pub(super) fn mailbox(name: &str, display: &str, address: &str) -> String {
    let display = clean(display, MAX_NAME);
    let mut words = if display.is_empty() {
        Vec::new()
    } else if display.is_ascii() && !is_like_encoded_word(&display) {
        let quoted = format!("\"{}\"", display.replace('\\', "\\\\").replace('"', "\\\""));
        quoted.split(' ').map(ToOwned::to_owned).collect()
    } else {
        encoded_words(&display)
    };
    words.push(format!("<{address}>"));
    fold(name, &words)
}

/// `Name: value` for a value that we generate: ASCII without spaces.
pub(super) fn plain(name: &str, value: &str) -> String {
    format!("{name}: {value}\r\n")
}

fn encoded_words(value: &str) -> Vec<String> {
    let (mut words, mut chunk) = (Vec::new(), String::new());
    for c in value.chars() {
        if chunk.len() + c.len_utf8() > WORD {
            words.push(encoded_word(&chunk));
            chunk.clear();
        }
        chunk.push(c);
    }
    words.push(encoded_word(&chunk));
    words
}

fn encoded_word(chunk: &str) -> String {
    format!("=?utf-8?B?{}?=", B64.encode(chunk))
}

/// A line break goes before a space, so unfolding gives back exactly one space.
fn fold(name: &str, words: &[String]) -> String {
    let mut out = format!("{name}:");
    let mut column = out.len();
    for (at, word) in words.iter().enumerate() {
        if at > 0 && column + 1 + word.len() > LINE {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(' ');
        out.push_str(word);
        column += 1 + word.len();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn a_name_with_line_ends_adds_no_header() {
        for evil in
            ["Ada\r\nBcc: x@evil.test", "Ada\nBcc: x", "Ada\rBcc: x", "Ada\u{85}\u{2028}Bcc: x\0"]
        {
            let header = mailbox("From", evil, "m@a.test");
            assert_eq!(header.matches("\r\n").count(), 1, "{header:?}");
            assert!(header.starts_with("From: \"Ada Bcc: x"), "{header:?}");
            let subject = text("Subject", evil);
            assert_eq!(subject.matches(['\r', '\n']).count(), 2, "{subject:?}");
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let long = "wörd ".repeat(40);
        let ascii = "a long subject of plain words, ".repeat(6);
        let joined =
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645} 👨\u{200d}👩\u{200d}👧";
        for value in
            ["Hello", "Ŵyn \"the\" \\ 木", "=?utf-8?B?QQ==?=", joined, long.trim(), ascii.trim()]
        {
            let mail = format!(
                "{}{}\r\n.\r\n",
                text("Subject", value),
                mailbox("From", value, "m@a.test")
            );
            assert!(mail.split("\r\n").all(|line| line.len() <= 78), "{mail}");
            let parsed = MessageParser::new().parse(mail.as_bytes()).unwrap();
            assert_eq!(parsed.subject(), Some(clean(value, MAX_SUBJECT).as_str()));
            let from = parsed.from().unwrap().first().unwrap();
            assert_eq!(from.address(), Some("m@a.test"));
            assert_eq!(from.name(), Some(clean(value, MAX_NAME).as_str()));
        }
    }

    #[test]
    fn an_encoded_word_stands_outside_quotes_and_is_short() {
        let header = mailbox("To", &"é".repeat(100), "m@a.test");
        assert!(!header.contains('"'));
        assert!(header.split([' ', '\r', '\n']).all(|word| word.len() <= 75));
    }
}
