//! Open connections of each network, counted before a byte is read: connections that never send a request cannot use up the
//! server's sockets. Trusted proxies, which carry everybody's requests, are not counted.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

use super::visit::Network;

/// Open connections of all networks.
pub(crate) struct Connections {
    open: Mutex<HashMap<Network, u32>>,
    most: u32,
    trusted: Vec<IpNet>,
}

/// A connection that is open; dropped when it closes.
pub(crate) struct Open {
    /// None for a trusted proxy.
    counted: Option<(Arc<Connections>, Network)>,
}

impl Connections {
    /// At most `most` for each network but the `trusted` ones.
    pub(crate) fn new(most: u32, trusted: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), most, trusted })
    }

    /// Counts a new connection; none when its network has too many.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Open> {
        let peer = peer.to_canonical();
        if self.trusted.iter().any(|net| net.contains(&peer)) {
            return Some(Open { counted: None });
        }
        let network = Network::of(peer);
        let mut open = self.lock();
        let count = open.entry(network).or_default();
        if *count >= self.most {
            metrics::counter!("folkmoot_gateway_connections_refused_total").increment(1);
            return None;
        }
        *count += 1;
        Some(Open { counted: Some((self.clone(), network)) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Network, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
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
