//! Where a request comes from: the address behind trusted proxies, its network, the page in the browser.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{error::Error, limits::policy::Verdict};

/// A /24 or a /64, which limits count and the log shows. It is no longer an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    V4([u8; 3]),
    V6([u16; 4]),
}

/// What the gateway knows of a request's sender, and what it found out while it handled the request.
#[derive(Debug)]
pub(crate) struct ClientInfo {
    /// Goes to identity's log of sign-ins, to the route that is about it, and nowhere else.
    pub(crate) ip: IpAddr,
    pub(crate) network: Network,
    /// The Origin header, which browsers send and servers do not.
    pub(crate) origin: Option<String>,
    /// The response is a public document: pages of any origin may read it.
    pub(crate) allows_any_origin: bool,
    /// The key of the request lists its origin.
    pub(crate) is_origin_allowed: bool,
    pub(crate) verdict: Option<Verdict>,
    /// Admission counted this request; callers with a limit of their own get it refunded.
    pub(crate) is_counted_at_admission: bool,
}

impl ClientInfo {
    pub(super) fn new(ip: IpAddr, origin: Option<String>, allows_any_origin: bool) -> Self {
        Self {
            ip,
            network: Network::from(ip),
            origin,
            allows_any_origin,
            is_origin_allowed: false,
            verdict: None,
            is_counted_at_admission: false,
        }
    }

    /// Keeps what the limits decided for the headers of the response; an error if one of them refuses the request.
    pub(crate) fn apply(&mut self, verdict: Verdict) -> Result<(), Error> {
        let result = verdict.check();
        self.verdict = Some(verdict);
        result
    }
}

impl From<IpAddr> for Network {
    fn from(ip: IpAddr) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_shown_without_the_address() {
        let shown = |ip: &str| Network::from(ip.parse::<IpAddr>().unwrap()).to_string();
        assert_eq!(shown("203.0.113.9"), "203.0.113.0/24");
        assert_eq!(shown("::ffff:203.0.113.9"), "203.0.113.0/24");
        assert_eq!(shown("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    }
}
