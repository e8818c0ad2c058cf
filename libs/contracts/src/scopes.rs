//! The scopes of the public API: what routes require, roles grant and keys may have.
//!
//! A scope is `<noun>:<verb>`. A new one must be added to [`ALL`], and to the roles that should have it.

/// Read the organisation's name and settings.
pub const TENANT_READ: &str = "tenant:read";
/// Change the organisation's name and settings.
pub const TENANT_WRITE: &str = "tenant:write";
/// List the people who may sign in.
pub const USERS_READ: &str = "users:read";
/// Add and remove people who may sign in.
pub const USERS_WRITE: &str = "users:write";
/// List API keys.
pub const KEYS_READ: &str = "keys:read";
/// Create and revoke API keys.
pub const KEYS_WRITE: &str = "keys:write";
/// Read the sign-in log and the audit log.
pub const AUDIT_READ: &str = "audit:read";
/// Read campaigns, drafts included, and their counters.
pub const CAMPAIGNS_READ: &str = "campaigns:read";
/// Create, change, publish and close campaigns.
pub const CAMPAIGNS_WRITE: &str = "campaigns:write";
/// Read the public view of a live campaign.
pub const CAMPAIGNS_PUBLIC: &str = "campaigns:public";
/// Take part in a campaign.
pub const ACTIONS_CREATE: &str = "actions:create";
/// List supporters' actions.
pub const ACTIONS_READ: &str = "actions:read";
/// Download supporters' actions; each download is recorded.
pub const ACTIONS_EXPORT: &str = "actions:export";
/// List representatives.
pub const REPRESENTATIVES_READ: &str = "representatives:read";
/// Import representatives.
pub const REPRESENTATIVES_WRITE: &str = "representatives:write";
/// Look up postcodes, places, areas and IP addresses.
pub const GEO_READ: &str = "geo:read";
/// List email deliveries.
pub const DELIVERIES_READ: &str = "deliveries:read";
/// Decide about email deliveries whose outcome is unknown.
pub const DELIVERIES_WRITE: &str = "deliveries:write";
/// Read erasure requests and their receipts.
pub const RIGHTS_READ: &str = "rights:read";
/// Request the erasure of a person.
pub const RIGHTS_WRITE: &str = "rights:write";
/// List webhook endpoints and deliveries.
pub const WEBHOOKS_READ: &str = "webhooks:read";
/// Add and remove webhook endpoints.
pub const WEBHOOKS_WRITE: &str = "webhooks:write";

/// Every scope. Owners have all of them.
pub const ALL: &[&str] = &[
    TENANT_READ,
    TENANT_WRITE,
    USERS_READ,
    USERS_WRITE,
    KEYS_READ,
    KEYS_WRITE,
    AUDIT_READ,
    CAMPAIGNS_READ,
    CAMPAIGNS_WRITE,
    CAMPAIGNS_PUBLIC,
    ACTIONS_CREATE,
    ACTIONS_READ,
    ACTIONS_EXPORT,
    REPRESENTATIVES_READ,
    REPRESENTATIVES_WRITE,
    GEO_READ,
    DELIVERIES_READ,
    DELIVERIES_WRITE,
    RIGHTS_READ,
    RIGHTS_WRITE,
    WEBHOOKS_READ,
    WEBHOOKS_WRITE,
];

/// The scopes that a publishable key may have. Anybody can read such a key in a web page.
pub const PUBLISHABLE: &[&str] = &[CAMPAIGNS_PUBLIC, ACTIONS_CREATE, GEO_READ];

/// The scopes that keys cannot have: a key must not create keys, users or owners, and a person decides whether an email
/// that may have arrived is sent again.
pub const PEOPLE_ONLY: &[&str] = &[TENANT_WRITE, USERS_WRITE, KEYS_WRITE, DELIVERIES_WRITE];

/// The scopes that a secret key may have.
pub fn secret_key() -> Vec<&'static str> {
    without(ALL, PEOPLE_ONLY)
}

/// The scopes of `from` that are not in `removed`, in the same order.
pub fn without(from: &[&'static str], removed: &[&str]) -> Vec<&'static str> {
    from.iter().copied().filter(|scope| !removed.contains(scope)).collect()
}
