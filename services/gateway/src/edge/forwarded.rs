//! The caller's address as trusted proxies report it: `X-Forwarded-For` and `Forwarded` (RFC 7239). Anybody can send these
//! headers, so only what a trusted proxy appended counts.

use std::net::IpAddr;

use ipnet::IpNet;

use super::hops::{self, Hop};

/// The proxies whose headers are trusted.
#[derive(Debug)]
pub(crate) struct Proxies {
    pub(crate) trusted: Vec<IpNet>,
    pub(crate) header: Header,
}

kit::text_enum! {
    /// The header that the trusted proxies set.
    pub(crate) enum Header {
        /// Either. If a request has both, they must lead to the same address: the caller may have sent one of them.
        Any = "any",
        XForwardedFor = "x-forwarded-for",
        Forwarded = "forwarded",
    }
}

impl Proxies {
    /// The caller's address, for a connection from `peer` and the lines of both headers.
    pub(super) fn client<'a>(
        &self,
        peer: IpAddr,
        x_forwarded_for: impl Iterator<Item = &'a [u8]>,
        forwarded: impl Iterator<Item = &'a [u8]>,
    ) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let (mut list, mut forwarded) = (x_forwarded_for.peekable(), forwarded.peekable());
        let header = match self.header {
            Header::Any if forwarded.peek().is_none() => Header::XForwardedFor,
            Header::Any if list.peek().is_none() => Header::Forwarded,
            header => header,
        };
        let by_list = || self.walk(peer, &hops::from_x_forwarded_for(list));
        let by_forwarded = || self.walk(peer, &hops::from_forwarded(forwarded));
        match header {
            Header::XForwardedFor => by_list(),
            Header::Forwarded => by_forwarded(),
            Header::Any => Some(by_list()).filter(|ip| *ip == by_forwarded()).unwrap_or(peer),
        }
    }

    /// From the near end of the chain, the first address that is not a trusted proxy's is the caller's. An address that cannot
    /// be parsed ends the chain, since nobody trusted reports what lies beyond it; the nearest known address counts then.
    fn walk(&self, peer: IpAddr, hops: &[Hop]) -> IpAddr {
        let mut client = peer;
        for hop in hops.iter().rev() {
            match hop {
                Some(ip) if self.trusts(client) => client = *ip,
                _ => break,
            }
        }
        client
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client_by(header: Header, peer: &str, lines: &[(&str, &str)]) -> IpAddr {
        let trusted = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:aa::/48".parse().unwrap()];
        let named =
            |name| lines.iter().filter(move |line| line.0 == name).map(|line| line.1.as_bytes());
        let (list, forwarded) = (named("x-forwarded-for"), named("forwarded"));
        Proxies { trusted, header }.client(ip(peer), list, forwarded)
    }

    fn client(peer: &str, lines: &[(&str, &str)]) -> IpAddr {
        client_by(Header::Any, peer, lines)
    }

    #[test]
    fn x_forwarded_for_counts_from_trusted_proxies_only() {
        let list = |text| [("x-forwarded-for", text)];
        assert_eq!(client("192.0.2.1", &list("198.51.100.7")), ip("192.0.2.1"));
        for (line, expected) in [
            ("198.51.100.7, 203.0.113.9", "203.0.113.9"),
            ("1.2.3.4, 10.0.0.2", "1.2.3.4"),
            ("1.2.3.4:567", "1.2.3.4"),
            ("1.2.3.4:567, 10.0.0.2:80", "1.2.3.4"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:db8::1, [2001:db8:aa::5]:443", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("1.2.3.4, , ", "1.2.3.4"),
            // What cannot be parsed ends the chain.
            ("1.2.3.4, junk", PROXY),
            ("1.2.3.4, unknown, 10.0.0.2", "10.0.0.2"),
            ("1.2.3.4:", PROXY),
            ("1.2.3.4:65536", PROXY),
            ("[2001:db8::1", PROXY),
            ("[1.2.3.4]:80", PROXY),
            ("", PROXY),
        ] {
            assert_eq!(client(PROXY, &list(line)), ip(expected), "{line}");
        }
        let lines = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "5.6.7.8, 10.0.0.2")];
        assert_eq!(client(PROXY, &lines), ip("5.6.7.8"), "lines are one list");
    }

    #[test]
    fn forwarded_is_parsed_by_its_grammar() {
        let forwarded = |text| [("forwarded", text)];
        assert_eq!(client("192.0.2.1", &forwarded("for=198.51.100.7")), ip("192.0.2.1"));
        for (line, expected) in [
            ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("proto=http;by=10.9.9.9;FOR=\"192.0.2.60:80\"", "192.0.2.60"),
            ("for=192.0.2.60:80", "192.0.2.60"),
            ("for=\"192.0.2.60:_hidden\"", "192.0.2.60"),
            ("for=1.2.3.4;host=\"a, b;for=6.6.6.6\"", "1.2.3.4"),
            ("for=\"1.2.3\\.4\"", "1.2.3.4"),
            ("for=1.2.3.4, , for=10.0.0.2", "1.2.3.4"),
            ("for=1.2.3.4; ;proto=http ", "1.2.3.4"),
            ("for=1.2.3.4;later=extension", "1.2.3.4"),
            // Hidden, missing and malformed: the nearest known address counts.
            ("for=1.2.3.4, for=unknown", PROXY),
            ("for=1.2.3.4, for=_hidden, for=10.0.0.2", "10.0.0.2"),
            ("for=1.2.3.4, proto=http", PROXY),
            ("for=1.2.3.4;for=5.6.7.8", PROXY),
            ("for=2001:db8::1", PROXY),
            ("for=\"2001:db8::1\"", PROXY),
            ("for =1.2.3.4", PROXY),
            ("for=", PROXY),
            ("1.2.3.4", PROXY),
            ("for=\"1.2.3.4\"5", PROXY),
            // An open quote in what the caller sent does not hide what the proxy appended.
            ("for=6.6.6.6;by=\", for=203.0.113.9", PROXY),
            ("for=6.6.6.6;by=\", for=\"203.0.113.9:80\"", PROXY),
        ] {
            assert_eq!(client(PROXY, &forwarded(line)), ip(expected), "{line}");
        }
        let lines = [("forwarded", "for=\"evil"), ("forwarded", "for=203.0.113.9")];
        assert_eq!(client(PROXY, &lines), ip("203.0.113.9"), "a broken line ends the chain there");
    }

    #[test]
    fn two_headers_must_agree_since_the_caller_may_have_sent_one() {
        let both = |list, forwarded| [("x-forwarded-for", list), ("forwarded", forwarded)];
        let agreeing = both("6.6.6.6, 1.2.3.4:5", "for=1.2.3.4");
        assert_eq!(client(PROXY, &agreeing), ip("1.2.3.4"));
        let forged = both("1.2.3.4", "for=6.6.6.6");
        assert_eq!(client(PROXY, &forged), ip(PROXY));
        assert_eq!(client_by(Header::XForwardedFor, PROXY, &forged), ip("1.2.3.4"));
        assert_eq!(client_by(Header::Forwarded, PROXY, &forged), ip("6.6.6.6"));
        let other = [("x-forwarded-for", "6.6.6.6")];
        assert_eq!(client_by(Header::Forwarded, PROXY, &other), ip(PROXY));
    }
}
