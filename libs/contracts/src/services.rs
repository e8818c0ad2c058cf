//! The services of the suite, once: their names and default ports.

/// A service's name and the port it listens on by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Names its schema, database role, consumer group and settings.
    pub name: &'static str,
    /// Default port on loopback.
    pub port: u16,
}

impl Address {
    const fn new(name: &'static str, port: u16) -> Self {
        Self { name, port }
    }

    /// Default port for health and metrics.
    pub const fn admin_port(self) -> u16 {
        self.port + 1000
    }
}

/// The only public entrance: credentials, limits, routing.
pub const GATEWAY: Address = Address::new("gateway", 8080);
/// Organisations and the people who sign in.
pub const IDENTITY: Address = Address::new("identity", 8101);
/// Campaigns and supporters' actions.
pub const CAMPAIGNS: Address = Address::new("campaigns", 8102);
/// Outgoing email.
pub const MESSAGING: Address = Address::new("messaging", 8103);
/// UK postcodes and areas.
pub const POSTCODES: Address = Address::new("postcodes", 8104);
/// IP addresses and geocoding.
pub const GEOLOCATION: Address = Address::new("geolocation", 8105);
/// People's ids and data keys.
pub const KEYRING: Address = Address::new("keyring", 8106);
/// Retention periods and erasure.
pub const RETENTION: Address = Address::new("retention", 8107);
/// Notifications to partners.
pub const WEBHOOKS: Address = Address::new("webhooks", 8108);

/// Every service.
pub const ALL: [Address; 9] =
    [GATEWAY, IDENTITY, CAMPAIGNS, MESSAGING, POSTCODES, GEOLOCATION, KEYRING, RETENTION, WEBHOOKS];

/// Name of every service.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(|service| service.name)
}
