//! Address ranges with a special purpose, from the registries of IANA.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Serialize;

/// The kind of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Of a private network, or of the machine itself.
    Private,
    /// Reserved by a standard; used by nobody.
    Reserved,
    /// A public address that a database knows.
    Global,
    /// A public address that no database knows, or there is no database.
    Unknown,
}

/// A range of addresses with a special purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    #[serde(skip)]
    pub kind: Kind,
    pub network: IpNet,
    pub purpose: &'static str,
    pub rfc: &'static str,
}

/// The range that contains an address; none if it is an ordinary address of the public internet.
pub(super) fn range_of(address: IpAddr) -> Option<Range> {
    RANGES.into_iter().find(|range| range.network.contains(&address))
}

/// A narrower range precedes the one that contains it.
const RANGES: [Range; 33] = [
    v4(Kind::Reserved, [0, 0, 0, 0], 8, "this network", "RFC 791"),
    v4(Kind::Private, [10, 0, 0, 0], 8, "private use", "RFC 1918"),
    v4(Kind::Private, [100, 64, 0, 0], 10, "shared address space", "RFC 6598"),
    v4(Kind::Private, [127, 0, 0, 0], 8, "loopback", "RFC 1122"),
    v4(Kind::Private, [169, 254, 0, 0], 16, "link-local", "RFC 3927"),
    v4(Kind::Private, [172, 16, 0, 0], 12, "private use", "RFC 1918"),
    v4(Kind::Reserved, [192, 0, 0, 0], 24, "protocol assignments", "RFC 6890"),
    v4(Kind::Reserved, [192, 0, 2, 0], 24, "documentation", "RFC 5737"),
    v4(Kind::Reserved, [192, 88, 99, 0], 24, "former 6to4 relays", "RFC 7526"),
    v4(Kind::Private, [192, 168, 0, 0], 16, "private use", "RFC 1918"),
    v4(Kind::Reserved, [198, 18, 0, 0], 15, "benchmarking", "RFC 2544"),
    v4(Kind::Reserved, [198, 51, 100, 0], 24, "documentation", "RFC 5737"),
    v4(Kind::Reserved, [203, 0, 113, 0], 24, "documentation", "RFC 5737"),
    v4(Kind::Reserved, [224, 0, 0, 0], 4, "multicast", "RFC 5771"),
    v4(Kind::Reserved, [255, 255, 255, 255], 32, "limited broadcast", "RFC 919"),
    v4(Kind::Reserved, [240, 0, 0, 0], 4, "future use", "RFC 1112"),
    v6(Kind::Reserved, [0; 8], 128, "unspecified", "RFC 4291"),
    v6(Kind::Private, [0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback", "RFC 4291"),
    v6(Kind::Private, [0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local translation", "RFC 8215"),
    v6(Kind::Reserved, [0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard only", "RFC 6666"),
    v6(Kind::Reserved, [0x100, 0, 0, 1, 0, 0, 0, 0], 64, "dummy prefix", "RFC 9780"),
    v6(Kind::Reserved, [0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo", "RFC 4380"),
    v6(Kind::Reserved, [0x2001, 2, 0, 0, 0, 0, 0, 0], 48, "benchmarking", "RFC 5180"),
    v6(Kind::Reserved, [0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, "ORCHIDv2", "RFC 7343"),
    v6(Kind::Reserved, [0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "protocol assignments", "RFC 2928"),
    v6(Kind::Reserved, [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation", "RFC 3849"),
    v6(Kind::Reserved, [0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4", "RFC 3056"),
    v6(Kind::Reserved, [0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation", "RFC 9637"),
    v6(Kind::Reserved, [0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "segment routing", "RFC 9602"),
    v6(Kind::Private, [0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local", "RFC 4193"),
    v6(Kind::Private, [0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local", "RFC 4291"),
    v6(Kind::Private, [0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "former site-local", "RFC 3879"),
    v6(Kind::Reserved, [0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast", "RFC 4291"),
];

const fn v4(
    kind: Kind,
    octets: [u8; 4],
    prefix: u8,
    purpose: &'static str,
    rfc: &'static str,
) -> Range {
    let network = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from_octets(octets), prefix));
    Range { kind, network, purpose, rfc }
}

const fn v6(
    kind: Kind,
    segments: [u16; 8],
    prefix: u8,
    purpose: &'static str,
    rfc: &'static str,
) -> Range {
    let network = IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from_segments(segments), prefix));
    Range { kind, network, purpose, rfc }
}

#[cfg(test)]
mod tests {
    use super::RANGES;

    #[test]
    fn every_range_is_written_with_its_first_address() {
        for range in RANGES {
            assert_eq!(range.network, range.network.trunc(), "{}", range.purpose);
        }
    }
}
