//! The internal API of `geolocation`.

/// The header in which the gateway passes on a caller's own IP address, e.g. `192.0.2.7`, for the one route that is about
/// it. The gateway removes such a header from callers' requests, and headers are never logged.
pub const CLIENT_ADDRESS: &str = "x-client-address";
