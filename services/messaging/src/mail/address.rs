//! Addresses that can be written to.

use lettre::Address;

/// Domains that belong to nobody (RFC 2606, RFC 6761) and ends of such domains.
const RESERVED: &[&str] = &[
    "test",
    "example",
    "invalid",
    "localhost",
    "local",
    "internal",
    "onion",
    "example.com",
    "example.net",
    "example.org",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address of the email is malformed")]
pub(crate) struct BadAddress;

/// Parses an address; its domain becomes ASCII, and a local part that is not ASCII is refused (few servers accept it).
pub(super) fn parse(text: &str) -> Result<Address, BadAddress> {
    let (local, domain) = text.trim().rsplit_once('@').ok_or(BadAddress)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_opaque| BadAddress)?;
    let text = format!("{local}@{domain}");
    let is_clean = text.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    if !is_clean {
        return Err(BadAddress);
    }
    text.parse().map_err(|_opaque| BadAddress)
}

/// Whether no mailbox can exist at a domain.
pub(crate) fn is_reserved(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    RESERVED.iter().any(|end| {
        domain.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_never_a_way_to_another_header_or_command() {
        for bad in
            ["", "x", "a@b@c d", "a@b.test>\r\nRCPT TO:<x@y.test", "a\r\nb@c.test", "é@c.test"]
        {
            assert_eq!(parse(bad), Err(BadAddress), "{bad:?}");
        }
        assert_eq!(parse("a@bücher.example").unwrap().domain(), "xn--bcher-kva.example");
    }

    #[test]
    fn reserved_domains_are_known_with_their_children_only() {
        for domain in ["test", "a.TEST", "example.com", "x.example.com.", "localhost", "a.invalid"]
        {
            assert!(is_reserved(domain), "{domain}");
        }
        for domain in ["parliament.uk", "contest", "myexample.com", "latest.uk"] {
            assert!(!is_reserved(domain), "{domain}");
        }
    }
}
