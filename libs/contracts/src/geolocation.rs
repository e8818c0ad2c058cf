//! The internal face of `geolocation`.

/// The header in which the gateway tells a caller's own address, on the one route that is about it. What comes from outside
/// under this name goes no further, and no header is ever logged.
pub const CLIENT_ADDRESS: &str = "x-client-address";
