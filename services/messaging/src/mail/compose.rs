//! The bytes of a mail, header by header. From is our aligned domain under the
//! supporter's name, Reply-To the supporter; plain text, quoted-printable; nothing that tracks.

use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use lettre::Address;
use mail_builder::{encoders::quoted_printable::quoted_printable_encode, headers::date::Date};
use uuid::Uuid;

use super::header;

/// What is written, in memory only.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Display name of the recipient.
    pub to_name: String,
    /// Address of the recipient.
    pub to_address: String,
    /// Display name of the sender.
    pub from_name: String,
    /// Where answers go, when not to us.
    pub reply_to: Option<String>,
    /// Subject line.
    pub subject_line: String,
    /// The text.
    pub body: String,
}

/// Who writes: people, or the platform on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A supporter; nothing marks the mail as automatic.
    Person,
    /// The platform (RFC 3834).
    Machine,
}

/// The technical half of a mail.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// Who writes.
    pub author: Author,
    /// Our domain; DKIM signs for it.
    pub domain: &'a str,
    /// Where bounces go.
    pub bounce_domain: &'a str,
    /// Token of the mail.
    pub token: &'a str,
    /// Left part of Message-ID; random.
    pub header_id: &'a str,
    /// The campaign, for Feedback-ID.
    pub campaign_id: Uuid,
    /// The tenant, for Feedback-ID.
    pub tenant_id: Uuid,
    /// `confirmation`, `representative`.
    pub kind: &'a str,
    /// Now.
    pub date: DateTime<Utc>,
}

/// A mail ready to be signed.
#[derive(Debug)]
pub struct Composed {
    /// MAIL FROM.
    pub from: Address,
    /// RCPT TO.
    pub to: Address,
    /// Headers and body, with CRLF line ends and exactly one at the end.
    pub bytes: Vec<u8>,
}

/// An address that cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address of the mail is malformed")]
pub struct BadAddress;

/// Writes the mail.
pub fn compose(sheet: &Sheet<'_>, letter: &Letter) -> Result<Composed, BadAddress> {
    let to = address(&letter.to_address)?;
    let from = address(&format!("m+{}@{}", sheet.token, sheet.domain))?;
    let envelope_from = address(&format!("b+{}@{}", sheet.token, sheet.bounce_domain))?;
    let mut head = header::mailbox("From", &letter.from_name, from.as_ref());
    if let Some(reply_to) = &letter.reply_to {
        head += &header::mailbox("Reply-To", &letter.from_name, address(reply_to)?.as_ref());
    }
    head += &header::mailbox("To", &letter.to_name, to.as_ref());
    head += &header::text("Subject", &letter.subject_line);
    head += &header::plain("Date", &Date::new(sheet.date.timestamp()).to_rfc822());
    head += &header::plain("Message-ID", &format!("<{}@{}>", sheet.header_id, sheet.domain));
    let (campaign, tenant) = (sheet.campaign_id.simple(), sheet.tenant_id.simple());
    let feedback = format!("{campaign}:{tenant}:{}:folkmoot", sheet.kind);
    head += &header::plain("Feedback-ID", &feedback);
    if sheet.author == Author::Machine {
        head += &header::plain("Auto-Submitted", "auto-generated");
    }
    head += "MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    let mut bytes = head.into_bytes();
    bytes.extend(quoted_printable(&letter.body));
    Ok(Composed { from: envelope_from, to, bytes })
}

/// The domain of an address, in ASCII and lower case.
pub fn domain_of(address: &Address) -> String {
    address.domain().to_ascii_lowercase()
}

/// Parses an address; its domain becomes ASCII, and a local part that is not ASCII is refused (few servers take it).
fn address(text: &str) -> Result<Address, BadAddress> {
    let (local, domain) = text.trim().rsplit_once('@').ok_or(BadAddress)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_opaque| BadAddress)?;
    let text = format!("{local}@{domain}");
    let clean = text.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    if !clean {
        return Err(BadAddress);
    }
    Address::from_str(&text).map_err(|_opaque| BadAddress)
}

/// Line ends become CRLF, controls go, and the text ends in exactly one CRLF: signers and verifiers differ on the rest.
fn quoted_printable(body: &str) -> Vec<u8> {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let body: String =
        body.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let lines: Vec<&str> = body.trim_end().lines().map(str::trim_end).collect();
    let text = format!("{}\r\n", lines.join("\r\n"));
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    // Writing to a vector does not fail.
    drop(quoted_printable_encode(text.as_bytes(), &mut out, true));
    out
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn sheet() -> Sheet<'static> {
        Sheet {
            author: Author::Person,
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

    fn letter() -> Letter {
        Letter {
            to_name: "Rt Hon A. Member MP".into(),
            to_address: "office@parliament.example".into(),
            from_name: "Zoë Example".into(),
            reply_to: Some("zoe@people.example".into()),
            subject_line: "The library on Mill Lane".into(),
            body:
                "1 Mill Lane\nOX1 1AA\n\nPlease keep the library – it matters.\n.\nFrom Zoë  \n\n\n"
                    .into(),
        }
    }

    #[test]
    fn a_representatives_mail_is_right_to_the_header() {
        let mail = compose(&sheet(), &letter()).unwrap();
        let text = String::from_utf8(mail.bytes.clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let expected = "From: =?utf-8?B?Wm/DqyBFeGFtcGxl?= <m+abc@folkmoot.test>\r\n\
            Reply-To: =?utf-8?B?Wm/DqyBFeGFtcGxl?= <zoe@people.example>\r\n\
            To: \"Rt Hon A. Member MP\" <office@parliament.example>\r\n\
            Subject: The library on Mill Lane\r\n\
            Date: Thu, 28 May 2026 20:26:40 +0000\r\n\
            Message-ID: <random@folkmoot.test>\r\n\
            Feedback-ID: 00000000000000000000000000000001:00000000000000000000000000000002:representative:folkmoot\r\n\
            MIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable";
        assert_eq!(head, expected);
        assert!(body.ends_with("From Zo=C3=AB\r\n") && !body.ends_with("\r\n\r\n"), "{body:?}");
        assert_eq!(mail.from.to_string(), "b+abc@bounce.folkmoot.test");
        let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
        let read = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        assert_eq!(read.trim_end(), letter().body.trim_end());
    }

    #[test]
    fn what_the_platform_writes_is_marked_automatic() {
        let sheet = Sheet { author: Author::Machine, ..sheet() };
        let mail = compose(&sheet, &Letter { reply_to: None, ..letter() }).unwrap();
        let text = String::from_utf8(mail.bytes).unwrap();
        assert!(
            text.contains("\r\nAuto-Submitted: auto-generated\r\n") && !text.contains("Reply-To")
        );
    }

    #[test]
    fn an_address_is_never_a_way_to_another_header_or_command() {
        for bad in
            ["", "x", "a@b@c d", "a@b.test>\r\nRCPT TO:<x@y.test", "a\r\nb@c.test", "é@c.test"]
        {
            let letter = Letter { to_address: bad.into(), ..letter() };
            assert_eq!(compose(&sheet(), &letter).unwrap_err(), BadAddress, "{bad:?}");
        }
        let letter = Letter { to_address: "a@bücher.example".into(), ..letter() };
        let mail = compose(&sheet(), &letter).unwrap();
        assert_eq!(domain_of(&mail.to), "xn--bcher-kva.example");
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
