//! Where deliveries may go: public addresses only, checked on the address itself at each attempt, and the receivers on
//! this machine that a development setting names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use contracts::values::InvalidValue;
use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Origin, Url};

/// IPv4 networks without public addresses (IANA special-purpose registry, multicast, class E).
const DENIED_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// The only IPv6 network with public addresses; loopback, link-local, unique-local, multicast, NAT64, discard and `SRv6`
/// are all outside it.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// The parts of [`GLOBAL_V6`] that are not public: IETF protocols with Teredo and benchmarking, documentation, 6to4.
const DENIED_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0], 23),
    v6([0x2001, 0xdb8, 0], 32),
    v6([0x2002, 0, 0], 16),
    v6([0x3fff, 0, 0], 20),
];

const fn v4(a: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = a;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 3], prefix: u8) -> Ipv6Net {
    let [a, b, c] = head;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Where deliveries may go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// Ports besides 443.
    pub(crate) extra_ports: Vec<u16>,
    /// Origins of receivers on this machine. Empty in production.
    pub(crate) dev_receivers: Vec<Origin>,
}

impl Policy {
    /// Parses a URL that deliveries may go to. The parser has already turned a host that is a number in any notation into an
    /// address.
    pub(crate) fn check(&self, text: &str) -> Result<Url, InvalidValue> {
        let invalid = |code, detail| Err(InvalidValue::new(code, detail));
        let Some(url) = Url::parse(text).ok().filter(Url::has_host) else {
            return invalid("malformed", "is not a URL with a host");
        };
        let is_dev_receiver = self.is_dev_receiver(&url);
        if url.scheme() != "https" && !is_dev_receiver {
            return invalid("not_https", "must start with https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("credentials", "must not contain a user name or a password");
        }
        if url.fragment().is_some() {
            return invalid("fragment", "must not have a fragment");
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if port != 443 && !self.extra_ports.contains(&port) && !is_dev_receiver {
            return invalid("port", "must have an allowed port, such as 443");
        }
        let is_allowed = match url.host() {
            Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
            Some(Host::Domain(name)) => !name.is_empty(),
            None => false,
        };
        if is_allowed || is_dev_receiver {
            Ok(url)
        } else {
            invalid("address", "must have a public address")
        }
    }

    /// Whether a URL belongs to a receiver for development: scheme, host and port all match.
    pub(super) fn is_dev_receiver(&self, url: &Url) -> bool {
        self.dev_receivers.contains(&url.origin())
    }
}

pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !DENIED_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !DENIED_V6.iter().any(|net| net.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending::dev_receivers;

    fn code(policy: &Policy, text: &str) -> Option<&'static str> {
        policy.check(text).err().map(|invalid| invalid.code)
    }

    /// First and last address of every reserved network, in every form in which it can be written.
    const REFUSED: &[&str] = &[
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "3fff:fff::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ];

    #[test]
    fn no_reserved_address_is_public() {
        for text in REFUSED {
            let address: IpAddr = text.parse().unwrap();
            assert!(!is_public(address), "{text}");
        }
    }

    #[test]
    fn addresses_are_public_up_to_the_boundaries_of_the_reserved_networks() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.0.0.1",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:1.1.1.1",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(is_public(address), "{text}");
        }
    }

    #[test]
    fn a_literal_address_is_refused_in_every_notation() {
        let literal = |text: &&str| {
            if text.contains(':') {
                format!("https://[{text}]/")
            } else {
                format!("https://{text}/")
            }
        };
        let more = [
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://%31%32%37.0.0.1/",
            "https://①②⑦.0.0.1/",
            "https://3232235777/",
            "https://[::ffff:7f00:1]/",
        ];
        let all = REFUSED.iter().map(literal).chain(more.map(str::to_owned));
        for text in all {
            assert_eq!(code(&Policy::default(), &text), Some("address"), "{text}");
        }
    }

    #[test]
    fn other_schemes_ports_credentials_and_fragments_are_refused() {
        let policy = Policy { extra_ports: vec![4443], ..Policy::default() };
        let refused = [
            ("", "malformed"),
            ("example.org/hook", "malformed"),
            ("https://", "malformed"),
            ("https://[fe80::1%25eth0]/", "malformed"),
            ("mailto:a@example.org", "malformed"),
            ("http://example.org/", "not_https"),
            ("http://127.0.0.1/", "not_https"),
            ("ftp://example.org/", "not_https"),
            ("https://user@example.org/", "credentials"),
            ("https://:word@example.org/", "credentials"),
            ("https://example.org/#x", "fragment"),
            ("https://example.org:22/", "port"),
        ];
        for (text, expected) in refused {
            assert_eq!(code(&policy, text), Some(expected), "{text}");
        }
        for text in ["https://example.org/", "https://example.org:4443/hook?x=1"] {
            assert!(policy.check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_development_receiver_opens_its_own_origin_and_no_other() {
        let names = ["http://127.0.0.1:4000", "http://localhost:4001"];
        let origins = names.iter().map(|text| dev_receivers::parse(text).unwrap()).collect();
        let policy = Policy { dev_receivers: origins, ..Policy::default() };
        let allowed =
            ["http://127.0.0.1:4000/", "http://127.1:4000/hook?x=1", "http://LOCALHOST:4001/"];
        for text in allowed {
            assert!(policy.check(text).is_ok(), "{text}");
        }
        let refused = [
            ("http://127.0.0.1:4002/", "not_https"),
            ("http://127.0.0.1/", "not_https"),
            ("http://localhost:4000/", "not_https"),
            ("http://127.0.0.1:4001/", "not_https"),
            ("http://[::1]:4000/", "not_https"),
            ("http://example.org:4000/", "not_https"),
            ("https://127.0.0.1:4000/", "port"),
            ("https://localhost:4001/", "port"),
            ("https://127.0.0.1/", "address"),
            ("https://10.0.0.1/", "address"),
            ("http://user@127.0.0.1:4000/", "credentials"),
            ("http://127.0.0.1:4000/#x", "fragment"),
        ];
        for (text, expected) in refused {
            assert_eq!(code(&policy, text), Some(expected), "{text}");
        }
    }
}
