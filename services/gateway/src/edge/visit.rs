//! Where a request comes from: the address behind trusted proxies, the network it belongs to, the page in the browser.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use actix_web::{HttpRequest, http::header};
use ipnet::IpNet;

use crate::limits::Verdict;

/// Longest Origin looked at.
const MAX_ORIGIN: usize = 300;

/// A /24 or a /64: what limits count and what the log tells. It is not an address any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    V4([u8; 3]),
    V6([u16; 4]),
}

impl Network {
    pub(crate) fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4([a, b, c]) => write!(f, "{}/24", Ipv4Addr::new(a, b, c, 0)),
            Self::V6(prefix) => {
                let mut segments = [0; 8];
                segments.iter_mut().zip(prefix).for_each(|(segment, part)| *segment = part);
                write!(f, "{}/64", Ipv6Addr::from(segments))
            }
        }
    }
}

/// One request, as far as the edge is concerned.
#[derive(Debug)]
pub(crate) struct Visit {
    /// The caller's address; it goes to the sign-in log of identity, to the route that is about it, and nowhere else.
    pub(crate) ip: IpAddr,
    pub(crate) network: Network,
    /// The Origin header; a browser sends it, servers do not.
    pub(crate) origin: Option<String>,
    /// The caller's key lists the origin.
    pub(crate) origin_is_the_keys: bool,
    /// What the limits said.
    pub(crate) verdict: Option<Verdict>,
    /// Anybody may read the answer, from any page.
    pub(crate) open_to_all_origins: bool,
}

impl Visit {
    pub(crate) fn of(req: &HttpRequest, trusted: &[IpNet]) -> Self {
        let peer = req.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |addr| addr.ip());
        let forwarded = req.headers().get_all("x-forwarded-for").filter_map(|v| v.to_str().ok());
        let ip = client_ip(peer, &forwarded.collect::<Vec<_>>(), trusted);
        let origin = req.headers().get(header::ORIGIN).and_then(|v| v.to_str().ok());
        let origin = origin.filter(|text| text.len() <= MAX_ORIGIN).map(ToOwned::to_owned);
        Self {
            ip,
            network: Network::of(ip),
            origin,
            origin_is_the_keys: false,
            verdict: None,
            open_to_all_origins: false,
        }
    }
}

/// Walks the chain of proxies from the near end: the first address that is not a trusted proxy's is the caller's.
fn client_ip(peer: IpAddr, forwarded: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    let mut client = peer.to_canonical();
    let hops = forwarded.iter().flat_map(|line| line.split(',')).collect::<Vec<_>>();
    for hop in hops.into_iter().rev() {
        if !is_trusted(client) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(ip) => client = ip.to_canonical(),
            Err(_unreadable) => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let claimed = ["198.51.100.7, 203.0.113.9"];
        assert_eq!(client_ip(ip("192.0.2.1"), &claimed, &proxies), ip("192.0.2.1"));
        assert_eq!(client_ip(ip("10.0.0.1"), &claimed, &proxies), ip("203.0.113.9"));
        assert_eq!(client_ip(ip("10.0.0.1"), &["1.2.3.4, 10.0.0.2"], &proxies), ip("1.2.3.4"));
        assert_eq!(client_ip(ip("10.0.0.1"), &["1.2.3.4, junk"], &proxies), ip("10.0.0.1"));
        assert_eq!(client_ip(ip("10.0.0.1"), &[], &proxies), ip("10.0.0.1"));
    }

    #[test]
    fn a_network_is_shown_without_the_address() {
        assert_eq!(Network::of(ip("203.0.113.9")).to_string(), "203.0.113.0/24");
        assert_eq!(Network::of(ip("::ffff:203.0.113.9")).to_string(), "203.0.113.0/24");
        assert_eq!(Network::of(ip("2001:db8:1:2:3:4:5:6")).to_string(), "2001:db8:1:2::/64");
    }
}
