//! The answer for an IP address, from what the databases have of it.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde::Serialize;

use super::special::{self, Kind, Range};

/// The answer. It does not repeat the address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer<'a> {
    pub kind: Kind,
    /// The special range of a private or reserved address.
    pub range: Option<Range>,
    #[serde(flatten)]
    pub location: Location<'a>,
    /// The network for which the database says the same.
    pub network: Option<IpNet>,
    /// The database that has the location.
    pub source: Option<Source<'a>>,
    pub autonomous_system: Option<AutonomousSystem<'a>>,
}

/// Where an address is according to a database; anything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Location<'a> {
    pub continent: Option<Continent<'a>>,
    pub country: Option<Division<'a>>,
    /// Where the network is registered, which need not be where it is used.
    pub registered_country: Option<Division<'a>>,
    /// The largest subdivision: in the UK England, Scotland, Wales or Northern Ireland.
    pub region: Option<Division<'a>>,
    /// All subdivisions, the largest first; `region` is the first of them.
    pub subdivisions: Vec<Division<'a>>,
    pub city: Option<&'a str>,
    /// In the UK usually the outward code.
    pub postal_code: Option<&'a str>,
    /// Of the tz database, such as `Europe/London`.
    pub time_zone: Option<&'a str>,
    pub position: Option<Position>,
    /// Of the US advertising market.
    pub metro_code: Option<u16>,
    /// How sure the database is, if it says so (`GeoIP2` Enterprise).
    pub confidence: Option<Confidence>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Continent<'a> {
    /// Two letters: AF, AN, AS, EU, NA, OC, SA.
    pub code: Option<&'a str>,
    /// In English.
    pub name: Option<&'a str>,
}

/// A country or a subdivision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Division<'a> {
    /// ISO 3166-1 alpha-2, or the part of ISO 3166-2 after the hyphen.
    pub iso_code: Option<&'a str>,
    /// In English.
    pub name: Option<&'a str>,
}

/// WGS84 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Position {
    pub longitude: f64,
    pub latitude: f64,
    /// Radius around it within which the address is likely to be, kilometres.
    pub accuracy_km: Option<u16>,
}

/// Per cent, as estimated by the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confidence {
    pub country: Option<u8>,
    pub region: Option<u8>,
    pub city: Option<u8>,
    pub postal_code: Option<u8>,
}

/// The network operator that routes the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AutonomousSystem<'a> {
    pub number: u32,
    pub organisation: Option<&'a str>,
    /// The provider that sells it, if the database distinguishes it.
    pub isp: Option<&'a str>,
    pub network: Option<IpNet>,
    pub source: Source<'a>,
}

/// A database, as it describes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Source<'a> {
    /// Such as `GeoLite2-City`.
    pub database: &'a str,
    pub built_at: Option<DateTime<Utc>>,
}

/// What the databases have of an ordinary address.
#[derive(Debug, Default)]
pub(super) struct Match<'a> {
    pub(super) location: Location<'a>,
    pub(super) network: Option<IpNet>,
    pub(super) source: Option<Source<'a>>,
    pub(super) autonomous_system: Option<AutonomousSystem<'a>>,
}

impl Answer<'_> {
    /// Nothing is known.
    pub fn unknown() -> Self {
        let (kind, location) = (Kind::Unknown, Location::default());
        Self { kind, range: None, location, network: None, source: None, autonomous_system: None }
    }
}

/// The answer for an address. `find` searches the databases, and is called only for ordinary addresses.
pub(super) fn answer<'a>(address: IpAddr, find: impl FnOnce(IpAddr) -> Match<'a>) -> Answer<'a> {
    // An IPv4 address may be wrapped in IPv6.
    let address = address.to_canonical();
    let range = special::range_of(address);
    let found = if range.is_some() { Match::default() } else { find(address) };
    let is_known = found.source.is_some() || found.autonomous_system.is_some();
    let ordinary = if is_known { Kind::Global } else { Kind::Unknown };
    let Match { location, network, source, autonomous_system } = found;
    let kind = range.map_or(ordinary, |range| range.kind);
    Answer { kind, range, location, network, source, autonomous_system }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Match, answer};

    fn kind(address: &str) -> Kind {
        answer(address.parse().unwrap(), |_| Match::default()).kind
    }

    #[test]
    fn private_addresses_are_private_at_both_ends_of_their_range() {
        for address in [
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(kind(address), Kind::Private, "{address}");
        }
    }

    #[test]
    fn reserved_addresses_are_reserved() {
        for address in [
            "0.0.0.0",
            "192.0.2.1",
            "198.51.100.7",
            "203.0.113.9",
            "198.19.255.255",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "2001:db8::1",
            "2002::1",
            "ff02::1",
            "3fff::1",
            "2001::1",
        ] {
            assert_eq!(kind(address), Kind::Reserved, "{address}");
        }
    }

    #[test]
    fn ordinary_addresses_just_outside_a_range_are_unknown_without_a_database() {
        for address in [
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "192.167.1.1",
            "223.255.255.255",
            "2001:4860::8888",
            "2a00::1",
        ] {
            assert_eq!(kind(address), Kind::Unknown, "{address}");
        }
    }

    #[test]
    fn the_databases_are_not_searched_for_special_ranges() {
        let answer = answer("10.1.2.3".parse().unwrap(), |_| panic!("searched"));
        let range = answer.range.unwrap();
        assert_eq!((range.network.to_string().as_str(), range.rfc), ("10.0.0.0/8", "RFC 1918"));
    }

    #[test]
    fn the_answer_is_flat_json_without_the_address() {
        let answer = answer("192.168.7.7".parse().unwrap(), |_| Match::default());
        let json = serde_json::to_value(answer).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "kind": "private",
                "range": {"network": "192.168.0.0/16", "purpose": "private use", "rfc": "RFC 1918"},
                "continent": null, "country": null, "registered_country": null, "region": null,
                "subdivisions": [], "city": null, "postal_code": null, "time_zone": null,
                "position": null, "metro_code": null, "confidence": null, "network": null,
                "source": null, "autonomous_system": null,
            })
        );
    }
}
