//! A service's decision on each new connection, before a byte of it is read.

use std::{any::Any, net::IpAddr, sync::Arc};

/// Decides on a connection by its peer: what to hold for as long as it is open, or none to close it without a response.
pub type Gate = Arc<dyn Fn(IpAddr) -> Option<Box<dyn Any>> + Send + Sync>;
