//! What makes two addresses the same person, and how an address is hidden. The only place that normalises addresses.

use aws_lc_rs::hmac;
use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization as _;

/// Longest address (RFC 5321 §4.5.3.1.3, less the brackets).
const MAX_ADDRESS: usize = 254;
/// Bytes of an address tag: enough to keep a day's addresses apart.
const TAG_BYTES: usize = 16;

/// An address in the one form that is compared: trimmed, NFC, lower case, domain by IDNA. Dots and plus signs stay: they
/// are different mailboxes at most providers.
#[derive(Clone, PartialEq, Eq)]
pub struct NormalAddress(String);

impl NormalAddress {
    /// Normalises; `None` when the text is no address.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.trim().nfc().collect();
        let (local, domain) = text.rsplit_once('@')?;
        let bad = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
        if local.is_empty() || local.contains('@') || local.chars().any(bad) {
            return None;
        }
        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        if !domain.contains('.') || domain.starts_with('.') || domain.ends_with('.') {
            return None;
        }
        let normal = format!("{}@{domain}", local.to_lowercase());
        (normal.len() <= MAX_ADDRESS).then_some(Self(normal))
    }

    /// The blind index under a tenant's key.
    pub fn index(&self, key: &[u8]) -> Vec<u8> {
        mac(key, &[b"email index v1", self.0.as_bytes()]).as_ref().to_vec()
    }

    /// The tag under the platform's key, good for one UTC day.
    pub fn tag(&self, root: &[u8], day: NaiveDate) -> String {
        let tag = mac(root, &[b"address tag v1", day.to_string().as_bytes(), self.0.as_bytes()]);
        hex::encode(tag.as_ref().get(..TAG_BYTES).unwrap_or_default())
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
        context.update(&[0]);
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Option<String> {
        NormalAddress::parse(text).map(|address| address.0)
    }

    #[test]
    fn the_same_mailbox_written_differently_is_the_same_person() {
        assert_eq!(normal(" Ada@Example.ORG "), normal("ada@example.org"));
        assert_eq!(normal("a@bücher.example"), normal("a@xn--bcher-kva.example"));
        assert_eq!(normal("e\u{301}@x.org"), normal("é@x.org"));
        assert_ne!(normal("a.b@x.org"), normal("ab@x.org"));
        assert_ne!(normal("a+b@x.org"), normal("a@x.org"));
    }

    #[test]
    fn what_is_no_address_has_no_subject() {
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
        ] {
            assert_eq!(normal(text), None, "{text:?}");
        }
    }

    #[test]
    fn two_tenants_and_two_days_cannot_be_linked() {
        let address = NormalAddress::parse("ada@example.org").unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        assert_ne!(address.index(&[1; 32]), address.index(&[2; 32]));
        assert_ne!(address.tag(&[1; 32], day), address.tag(&[1; 32], day.succ_opt().unwrap()));
    }
}
