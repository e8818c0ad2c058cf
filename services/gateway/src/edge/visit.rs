//! Where a request comes from: the address behind trusted proxies, the network it belongs to, the page in the browser.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use actix_web::{HttpRequest, http::header};

use super::forwarded::Proxies;
use crate::{limits::policy::Verdict, table};

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
    /// The door counted this request; it is given back to whoever has a limit of their own.
    pub(crate) counted_at_door: bool,
    /// The response is a document for everybody: pages of any origin may read it.
    pub(crate) open_to_all_origins: bool,
}

impl Visit {
    pub(crate) fn of(req: &HttpRequest, proxies: &Proxies) -> Self {
        let peer = req.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |addr| addr.ip());
        let ip = proxies.client(peer, req.headers());
        let origin = req.headers().get(header::ORIGIN).and_then(|v| v.to_str().ok());
        let origin = origin.filter(|text| text.len() <= MAX_ORIGIN).map(ToOwned::to_owned);
        let is_public = || req.match_pattern().is_some_and(|path| table::is_public(&path));
        Self {
            ip,
            network: Network::of(ip),
            open_to_all_origins: origin.is_some() && is_public(),
            origin,
            origin_is_the_keys: false,
            verdict: None,
            counted_at_door: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_is_shown_without_the_address() {
        assert_eq!(Network::of(ip("203.0.113.9")).to_string(), "203.0.113.0/24");
        assert_eq!(Network::of(ip("::ffff:203.0.113.9")).to_string(), "203.0.113.0/24");
        assert_eq!(Network::of(ip("2001:db8:1:2:3:4:5:6")).to_string(), "2001:db8:1:2::/64");
    }
}
