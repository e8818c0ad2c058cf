//! The services of the suite, with their names and default ports.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// E.g. `campaigns`; also the name of its schema, role, consumer group and settings.
    pub name: &'static str,
    /// Its default port on loopback, e.g. 8102.
    pub port: u16,
}

impl Address {
    const fn new(name: &'static str, port: u16) -> Self {
        Self { name, port }
    }

    /// Its default port for health and metrics, e.g. 9102.
    pub const fn admin_port(self) -> u16 {
        self.port + 1000
    }
}

/// The only public entry point: credentials, rate limits, routing.
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

/// The name of every service.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(|service| service.name)
}
