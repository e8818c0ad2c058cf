//! Decides on new connections, before anything is read from them.

use std::{any::Any, net::IpAddr, sync::Arc};

/// Decides on a connection by the address of its peer: returns what to hold while it is open, or `None` to close it
/// without a response.
pub type Gate = Arc<dyn Fn(IpAddr) -> Option<Box<dyn Any>> + Send + Sync>;
