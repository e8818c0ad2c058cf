//! What is answered for an IP address. Pure: the database's part is given, or there is none.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde::Serialize;

use super::special;

/// What sort of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Of a private network, or of the machine itself.
    Private,
    /// Set aside by a standard; nobody's address.
    Reserved,
    /// An ordinary address that the database knows.
    Global,
    /// An ordinary address that the database does not know, or there is no database.
    Unknown,
}

/// The answer. It does not repeat the address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    pub kind: Kind,
    /// The special range, for private and reserved addresses.
    pub range: Option<Range>,
    #[serde(flatten)]
    pub place: Place,
    /// The database that was asked; none if there is none.
    pub source: Option<Source>,
}

/// Where the database takes the address to be; anything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Place {
    pub country: Option<Named>,
    /// The largest subdivision: in the UK England, Scotland, Wales or Northern Ireland.
    pub region: Option<Named>,
    pub city: Option<String>,
    pub position: Option<Position>,
}

/// A country or region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// ISO 3166-1 alpha-2, or the part of ISO 3166-2 after the hyphen.
    pub iso_code: Option<String>,
    /// In English.
    pub name: Option<String>,
}

/// WGS84 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Position {
    pub longitude: f64,
    pub latitude: f64,
    /// Radius around it within which the address is likely to be, kilometres.
    pub accuracy_km: Option<u16>,
}

/// A range of addresses with a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    #[serde(skip)]
    pub kind: Kind,
    pub network: IpNet,
    pub purpose: &'static str,
    pub rfc: &'static str,
}

/// A database, by its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Such as `GeoLite2-City`.
    pub database: String,
    pub built_at: Option<DateTime<Utc>>,
}

/// The address that is really meant: an IPv4 address may come wrapped in IPv6.
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The answer for a canonical address. `find` asks the database, and is called only for ordinary
/// addresses.
pub fn answer(
    address: IpAddr,
    source: Option<Source>,
    find: impl FnOnce() -> Option<Place>,
) -> Answer {
    if let Some(range) = special::range_of(address) {
        return Answer { kind: range.kind, range: Some(range), place: Place::default(), source };
    }
    let place = find().filter(|place| *place != Place::default());
    let kind = if place.is_some() { Kind::Global } else { Kind::Unknown };
    Answer { kind, range: None, place: place.unwrap_or_default(), source }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Place, answer, canonical};

    fn kind(address: &str) -> Kind {
        answer(canonical(address.parse().unwrap()), None, || None).kind
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
    fn the_database_is_not_asked_about_special_ranges() {
        let answer = answer("10.1.2.3".parse().unwrap(), None, || panic!("asked"));
        let range = answer.range.unwrap();
        assert_eq!((range.network.to_string().as_str(), range.rfc), ("10.0.0.0/8", "RFC 1918"));
    }

    #[test]
    fn an_empty_entry_is_as_good_as_none() {
        let answer = answer("9.9.9.9".parse().unwrap(), None, || Some(Place::default()));
        assert_eq!(answer.kind, Kind::Unknown);
    }

    #[test]
    fn the_answer_is_flat_json_without_the_address() {
        let answer = answer("192.168.7.7".parse().unwrap(), None, || None);
        let json = serde_json::to_value(answer).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "kind": "private",
                "range": {"network": "192.168.0.0/16", "purpose": "private use", "rfc": "RFC 1918"},
                "country": null, "region": null, "city": null, "position": null, "source": null,
            })
        );
    }
}
