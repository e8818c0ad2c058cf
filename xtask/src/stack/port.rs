//! Ports on loopback.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context as _;

/// A port that is free now. The kernel hands them out in turn, so two callers rarely meet.
pub fn free() -> anyhow::Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("failed to find a free port")?;
    Ok(listener.local_addr().context("failed to read a socket's address")?.port())
}

/// True when something listens on the port.
pub fn taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}
