//! Open connections of each network, counted before a byte is read: connections that never send a request cannot use up the
//! server's sockets. Those of trusted proxies, which forward everybody's requests, are not counted.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

use super::client_info::Network;

pub(crate) struct Connections {
    open: Mutex<HashMap<Network, u32>>,
    max: u32,
    trusted: Vec<IpNet>,
}

/// An open connection; dropped when it closes.
pub(crate) struct Connection {
    /// None for a trusted proxy.
    counted: Option<(Arc<Connections>, Network)>,
}

impl Connections {
    /// At most `max` for each network but the `trusted` ones.
    pub(crate) fn new(max: u32, trusted: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), max, trusted })
    }

    /// Counts a new connection; none if its network has too many.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Connection> {
        let peer = peer.to_canonical();
        if self.trusted.iter().any(|net| net.contains(&peer)) {
            return Some(Connection { counted: None });
        }
        let network = Network::from(peer);
        let mut open = self.lock();
        let count = open.entry(network).or_default();
        if *count >= self.max {
            metrics::counter!("folkmoot_gateway_connections_refused_total").increment(1);
            return None;
        }
        *count += 1;
        Some(Connection { counted: Some((self.clone(), network)) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Network, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some((connections, network)) = &self.counted else { return };
        let mut open = connections.lock();
        if let Some(count) = open.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                open.remove(network);
            }
        }
    }
}
