//! What the fuzzer calls, and the replay of what it found: takes any bytes and must return. `fuzz/` includes this file, so
//! it stands on nothing of the tests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use geolocation::lookup::file::Databases;

/// A file as a database, asked for addresses in its first, last and middle nodes.
pub(crate) fn ip_database(bytes: &[u8]) {
    const ASKED: [IpAddr; 6] = [
        IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1)),
        IpAddr::V4(Ipv4Addr::new(81, 2, 69, 142)),
        IpAddr::V4(Ipv4Addr::new(223, 255, 255, 255)),
        IpAddr::V6(Ipv6Addr::new(0x2a02, 0, 0, 0, 0, 0, 0, 1)),
        IpAddr::V6(Ipv6Addr::new(0x2001, 0x4860, 0, 0, 0, 0, 0, 1)),
        IpAddr::V6(Ipv6Addr::new(0xffff, 0, 0, 0, 0, 0, 0, 0)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("any.mmdb");
    std::fs::write(&file, bytes).unwrap();
    let Ok(databases) = Databases::open(&[file]) else { return };
    for address in ASKED {
        serde_json::to_vec(&databases.current().look_up(address)).unwrap();
    }
}
