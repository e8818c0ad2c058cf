//! The bytes of an email, header by header. From has our aligned domain under the supporter's name, Reply-To the supporter;
//! plain text, quoted-printable, without tracking.

use chrono::{DateTime, Utc};
use lettre::Address;
use mail_builder::{encoders::quoted_printable::QuotedPrintableEncoder, headers::date::Date};
use uuid::Uuid;

use super::{
    address::{self, BadAddress},
    header,
};

/// The content of an email, in memory only.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Display name of the recipient.
    pub(crate) to_name: String,
    pub(crate) to_address: String,
    /// Display name of the sender.
    pub(crate) from_name: String,
    /// Where replies go, when not to us.
    pub(crate) reply_to: Option<String>,
    pub(crate) subject_line: String,
    pub(crate) body: String,
    /// Tags of its languages, separated by commas (RFC 3282), if they are known.
    pub(crate) language: Option<String>,
}

/// The languages of a text in English that quotes something in a language, a BCP 47 tag.
pub(crate) fn english_and(language: &str) -> String {
    match language.split('-').next() {
        Some("en" | "") | None => "en".to_owned(),
        _ => format!("en, {language}"),
    }
}

/// What the headers say beside the content.
pub(crate) struct Metadata<'a> {
    /// Whether the platform writes and not a person (RFC 3834).
    pub(crate) is_automatic: bool,
    /// Our domain; DKIM signs for it.
    pub(crate) domain: &'a str,
    /// Where bounces go.
    pub(crate) bounce_domain: &'a str,
    /// The token in our addresses.
    pub(crate) token: &'a str,
    /// Left part of Message-ID; random.
    pub(crate) header_id: &'a str,
    /// For Feedback-ID, as are the next two.
    pub(crate) campaign_id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) kind: &'a str,
    pub(crate) date: DateTime<Utc>,
}

/// An email ready to be signed.
#[derive(Debug)]
pub(crate) struct Email {
    /// MAIL FROM.
    pub(crate) from: Address,
    /// RCPT TO.
    pub(crate) to: Address,
    /// Headers and body, with CRLF line ends and exactly one at the end.
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn compose(metadata: &Metadata<'_>, message: &Message) -> Result<Email, BadAddress> {
    let Metadata { domain, bounce_domain, token, header_id, kind, .. } = metadata;
    let to = address::parse(&message.to_address)?;
    let from = address::parse(&format!("m+{token}@{domain}"))?;
    let envelope_from = address::parse(&format!("b+{token}@{bounce_domain}"))?;
    let mut head = header::mailbox("From", &message.from_name, from.as_ref());
    if let Some(reply_to) = &message.reply_to {
        let reply_to = address::parse(reply_to)?;
        head += &header::mailbox("Reply-To", &message.from_name, reply_to.as_ref());
    }
    head += &header::mailbox("To", &message.to_name, to.as_ref());
    head += &header::text("Subject", &message.subject_line);
    head += &header::plain("Date", &Date::new(metadata.date.timestamp()).to_rfc822());
    head += &header::plain("Message-ID", &format!("<{header_id}@{domain}>"));
    let (campaign, tenant) = (metadata.campaign_id.simple(), metadata.tenant_id.simple());
    head += &header::plain("Feedback-ID", &format!("{campaign}:{tenant}:{kind}:folkmoot"));
    if metadata.is_automatic {
        head += &header::plain("Auto-Submitted", "auto-generated");
    }
    let is_tag = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ',' | ' ');
    if let Some(language) = message.language.as_ref().filter(|it| it.chars().all(is_tag)) {
        head += &header::plain("Content-Language", language);
    }
    head += "MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    let mut bytes = head.into_bytes();
    bytes.extend(quoted_printable(&message.body));
    Ok(Email { from: envelope_from, to, bytes })
}

/// Makes line ends CRLF, drops control characters and ends the text in exactly one CRLF: signers and verifiers differ on
/// the rest.
fn quoted_printable(body: &str) -> Vec<u8> {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let body: String =
        body.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let lines: Vec<&str> = body.trim_end().lines().map(str::trim_end).collect();
    let text = format!("{}\r\n", lines.join("\r\n"));
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    QuotedPrintableEncoder::new().preserve_line_breaks().encode_into(text.as_bytes(), &mut out);
    without_from(out)
}

/// Writes the F of a line that begins with `From ` as `=46`: programs that keep mailboxes in one file put a `>` in front of
/// it, and the signature breaks (RFC 4155; RFC 2049, section 3). The rest of the line follows after a soft line break, since
/// it may have no room for more.
fn without_from(text: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let rest = line.strip_prefix(b"From ");
        if rest.is_some() {
            out.extend(b"=46rom =\r\n");
        }
        out.extend(rest.unwrap_or(line));
    }
    out
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn metadata() -> Metadata<'static> {
        Metadata {
            is_automatic: false,
            domain: "folkmoot.test",
            bounce_domain: "bounce.folkmoot.test",
            token: "abc",
            header_id: "random",
            campaign_id: Uuid::from_u128(1),
            tenant_id: Uuid::from_u128(2),
            kind: "representative",
            date: DateTime::from_timestamp(1_780_000_000, 0).unwrap(),
        }
    }

    fn message() -> Message {
        Message {
            to_name: "Rt Hon A. Member MP".into(),
            to_address: "office@parliament.example".into(),
            from_name: "Zoë Example".into(),
            reply_to: Some("zoe@people.example".into()),
            subject_line: "The library on Mill Lane".into(),
            body:
                "1 Mill Lane\nOX1 1AA\n\nPlease keep the library – it matters.\n.\nFrom Zoë  \n\n\n"
                    .into(),
            language: Some("cy".into()),
        }
    }

    #[test]
    fn every_header_of_an_email_to_a_representative_is_right() {
        let email = compose(&metadata(), &message()).unwrap();
        let text = String::from_utf8(email.bytes.clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let expected = "From: =?utf-8?B?Wm/DqyBFeGFtcGxl?= <m+abc@folkmoot.test>\r\n\
            Reply-To: =?utf-8?B?Wm/DqyBFeGFtcGxl?= <zoe@people.example>\r\n\
            To: \"Rt Hon A. Member MP\" <office@parliament.example>\r\n\
            Subject: The library on Mill Lane\r\n\
            Date: Thu, 28 May 2026 20:26:40 +0000\r\n\
            Message-ID: <random@folkmoot.test>\r\n\
            Feedback-ID: 00000000000000000000000000000001:00000000000000000000000000000002:representative:folkmoot\r\n\
            Content-Language: cy\r\n\
            MIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable";
        assert_eq!(head, expected);
        assert!(
            body.ends_with("\r\n=46rom =\r\nZo=C3=AB\r\n") && !body.ends_with("\r\n\r\n"),
            "{body:?}"
        );
        assert_eq!(email.from.to_string(), "b+abc@bounce.folkmoot.test");
        let parsed = MessageParser::new().parse(&email.bytes).unwrap();
        let read = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        assert_eq!(read.trim_end(), message().body.trim_end());
    }

    #[test]
    fn what_the_platform_writes_is_marked_automatic() {
        let metadata = Metadata { is_automatic: true, ..metadata() };
        let email = compose(&metadata, &Message { reply_to: None, ..message() }).unwrap();
        let text = String::from_utf8(email.bytes).unwrap();
        assert!(
            text.contains("\r\nAuto-Submitted: auto-generated\r\n") && !text.contains("Reply-To")
        );
    }

    #[test]
    fn every_address_is_checked() {
        let bad = "a@b.test>\r\nRCPT TO:<x@y.test";
        let to = Message { to_address: bad.into(), ..message() };
        let reply_to = Message { reply_to: Some(bad.into()), ..message() };
        for message in [to, reply_to] {
            assert_eq!(compose(&metadata(), &message).unwrap_err(), BadAddress);
        }
    }

    /// RFC 2045, section 6.7; and RFC 5322 for a line whose first word becomes longer.
    #[test]
    fn no_line_of_a_body_is_longer_than_76_characters() {
        for word in ["plain words ", "ŵyn ", "From all of us = ", "x"] {
            let body = word.repeat(400) + "\nFrom " + &"x".repeat(80);
            let out = String::from_utf8(quoted_printable(&body)).unwrap();
            let long: Vec<_> = out.split("\r\n").filter(|line| line.len() > 76).collect();
            assert!(long.is_empty(), "{long:?}");
            assert!(!out.contains("\r\nFrom ") && !out.starts_with("From "), "{out}");
        }
    }

    #[test]
    fn a_body_of_blank_lines_and_controls_ends_in_one_line_end() {
        for body in ["", "\n\n", "a\r\rb\0\x1b[2J", " \t\n \n", "a\r\n \r\n"] {
            let out = String::from_utf8(quoted_printable(body)).unwrap();
            assert!(out.ends_with("\r\n") && !out.ends_with("\r\n\r\n"), "{out:?}");
            assert!(out.bytes().all(|b| b.is_ascii_graphic() || b" \t\r\n".contains(&b)));
        }
    }
}
