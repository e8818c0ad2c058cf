//! What makes two e-mail addresses the same mailbox. The only place that normalises them: the keyring finds people by this
//! form, and the gateway counts sign-ins by it, so no spelling of an address is a way around a limit.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// Longest address in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;

/// An address in the one form that is compared: trimmed, lower case, NFC, the domain by IDNA (UTS 46, which folds full-width
/// letters and drops soft hyphens). Dots and plus signs stay: at most providers they name different mailboxes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Normalises; `None` when the text is not an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.trim().rsplit_once('@')?;
        let local = local_part(local)?;
        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        if !domain.contains('.') || domain.starts_with('.') || domain.ends_with('.') {
            return None;
        }
        let normal = format!("{local}@{domain}");
        (normal.len() <= MAX_BYTES).then_some(Self(normal))
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Composed before and after: lower case has letters that upper case writes as two characters (J̌ and ǰ).
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
    fn spellings_of_one_mailbox_have_one_form() {
        for (spelling, form) in [
            (" Ada@Example.ORG ", "ada@example.org"),
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
    fn different_mailboxes_stay_different() {
        assert_ne!(normal("a.b@x.org"), normal("ab@x.org"));
        assert_ne!(normal("a+b@x.org"), normal("a@x.org"));
        assert_ne!(normal("a\u{ad}b@x.org"), normal("ab@x.org"));
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form() {
        for letter in '\0'..=char::MAX {
            if let Some(local) = local_part(letter.encode_utf8(&mut [0; 4])) {
                assert_eq!(local_part(&local).as_ref(), Some(&local), "{letter:?}");
            }
        }
        let form = normal("ÉLISE@BÜCHER.example").unwrap();
        assert_eq!(normal(&form).as_ref(), Some(&form));
    }

    #[test]
    fn text_that_is_not_an_address_has_no_form() {
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
