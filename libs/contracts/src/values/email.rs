//! Decides when two email addresses are the same mailbox. The keyring finds people by the normal form, and the gateway
//! counts sign-ins by it, so that another spelling of an address does not evade a limit.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use super::{InvalidValue, is_invisible};

/// Longest address in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;
/// Longest local part in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;
const MALFORMED: InvalidValue = InvalidValue::new("malformed", "is not an email address");
const NOT_ASCII: InvalidValue = InvalidValue::new(
    "local_part_not_ascii",
    "has a character before the @ that email servers do not accept, such as a curly apostrophe or an accent",
);

/// An address in normal form: trimmed, lower case and NFC, its domain by IDNA (UTS 46, which maps full-width letters and
/// removes soft hyphens). Dots and plus signs stay, since most providers have different mailboxes for them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Normalises an address. `None` if the text is not an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = trim(text).rsplit_once('@')?;
        let local = local_part(local)?;
        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        if !domain.contains('.') || domain.starts_with('.') || domain.ends_with('.') {
            return None;
        }
        let normal = format!("{local}@{domain}");
        (normal.len() <= MAX_BYTES).then_some(Self(normal))
    }

    /// Checks that an address can be delivered to, and returns it as the person typed it, trimmed.
    ///
    /// This is narrower than RFC 5321: quoted local parts, domains without a dot, and characters that have a meaning in
    /// the headers of an email are errors. So are local parts that need SMTPUTF8 (RFC 6531), which few servers accept.
    pub fn deliverable(text: &str) -> Result<String, InvalidValue> {
        let text = trim(text);
        let (local, domain) = text.rsplit_once('@').unwrap_or_default();
        let is_dotted = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        let fits = text.len() <= MAX_BYTES && local.len() <= MAX_LOCAL_BYTES && !is_dotted;
        let is_label = |label: &str| !label.starts_with('-') && !label.ends_with('-');
        if !fits || !domain.split(['.', '。']).all(is_label) || Self::parse(text).is_none() {
            return Err(MALFORMED);
        }
        if local.is_ascii() { Ok(text.to_owned()) } else { Err(NOT_ASCII) }
    }

    /// An address as a person types it, trimmed; one that has no normal form is an error. For people who are found by their
    /// address, however odd it is.
    pub fn accepted(text: &str) -> Result<String, InvalidValue> {
        Self::parse(text).map(|_normal| trim(text).to_owned()).ok_or(MALFORMED)
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Without what is invisible at the ends.
fn trim(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

/// Normalises the local part. It is composed after the change of case, too, since some lower-case letters are composed
/// although their upper-case form is not (J̌ and ǰ).
fn local_part(text: &str) -> Option<String> {
    let composed: String = text.nfc().collect();
    let local: String = composed.to_lowercase().nfc().collect();
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || "@<>()[],;:\\\"".contains(c);
    (!local.is_empty() && !local.chars().any(is_bad)).then_some(local)
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Option<String> {
        EmailAddress::parse(text).map(|address| address.0)
    }

    #[test]
    fn all_spellings_of_a_mailbox_have_the_same_normal_form() {
        for (spelling, form) in [
            (" Ada@Example.ORG ", "ada@example.org"),
            ("\u{feff}ada@example.org\u{200b}\u{a0}", "ada@example.org"),
            ("ada@exam\u{ad}ple.org", "ada@example.org"),
            ("ada@ｅｘａｍｐｌｅ．ｏｒｇ", "ada@example.org"),
            ("ada@example。org", "ada@example.org"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
            ("e\u{301}@x.org", "é@x.org"),
            ("E\u{301}@x.org", "é@x.org"),
            ("J\u{30c}@x.org", "ǰ@x.org"),
        ] {
            assert_eq!(normal(spelling).as_deref(), Some(form), "{spelling:?}");
        }
    }

    #[test]
    fn addresses_that_cannot_be_delivered_to_are_rejected() {
        for good in
            ["ada@example.org", "a.b+c@sub.example.org", "uni@exämple.org", " ada@example.org "]
        {
            assert_eq!(EmailAddress::deliverable(good).as_deref(), Ok(good.trim()));
        }
        for needs_smtputf8 in ["ünï@example.org", "o’brien@example.org"] {
            assert_eq!(EmailAddress::deliverable(needs_smtputf8), Err(NOT_ASCII));
            assert!(EmailAddress::accepted(needs_smtputf8).is_ok());
        }
        assert_eq!(EmailAddress::deliverable("ada@x.org\u{200b}").as_deref(), Ok("ada@x.org"));
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "ada",
            "ada@",
            "@x.org",
            "a@b",
            "a@@b.org",
            "a b@c.org",
            "a@b..org",
            "a@-b.org",
            "a@b.org\r\nBcc: c@d.org",
            "Ada <a@b.org>",
            ".a@b.org",
            "a..b@c.org",
            "a,b@c.org",
            &long,
        ] {
            assert_eq!(EmailAddress::deliverable(bad), Err(MALFORMED), "{bad:?}");
        }
    }

    #[test]
    fn different_mailboxes_stay_different() {
        assert_ne!(normal("a.b@x.org"), normal("ab@x.org"));
        assert_ne!(normal("a+b@x.org"), normal("a@x.org"));
        assert_ne!(normal("a\u{ad}b@x.org"), normal("ab@x.org"));
    }

    #[test]
    fn the_normal_form_of_a_normal_form_is_itself() {
        for letter in '\0'..=char::MAX {
            if let Some(local) = local_part(letter.encode_utf8(&mut [0; 4])) {
                assert_eq!(local_part(&local).as_ref(), Some(&local), "{letter:?}");
            }
        }
        let form = normal("ÉLISE@BÜCHER.example").unwrap();
        assert_eq!(normal(&form).as_ref(), Some(&form));
    }

    #[test]
    fn text_that_is_not_an_address_has_no_normal_form() {
        for text in [
            "",
            "a",
            "@x.org",
            "a@",
            "a@localhost",
            "a b@x.org",
            "a@b@x.org",
            "a\r\n@x.org",
            "a@x..org",
            "a@x.org.",
        ] {
            assert_eq!(normal(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_address_is_not_printed() {
        let address = EmailAddress::parse("ada@example.org").unwrap();
        assert_eq!(format!("{address:?}"), "EmailAddress(***)");
    }
}
