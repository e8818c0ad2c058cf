//! The routing table: every public URL, the service that owns it, and what it takes to call it.
//!
//! Tests read it: they check that every route here refuses strangers and is described in `/openapi.json`.

use contracts::{
    scopes,
    services::{
        Address, CAMPAIGNS, GATEWAY, GEOLOCATION, IDENTITY, MESSAGING, POSTCODES, RETENTION,
        WEBHOOKS,
    },
};

kit::text_enum! {
    /// A method that routes have; HEAD goes where GET does.
    pub enum Method {
        Get = "GET",
        Post = "POST",
        Patch = "PATCH",
        Delete = "DELETE",
    }
}

/// What it takes to call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A session or a secret key with this scope.
    Scope(&'static str),
    /// The same, or a publishable key, which a browser may use from a listed origin.
    PublicVerb(&'static str),
    /// The link in the path is the credential; it has the tenant.
    Link,
    /// No credential.
    Public,
}

impl Access {
    /// The required scope, if there is one.
    pub const fn scope(self) -> Option<&'static str> {
        match self {
            Self::Scope(scope) | Self::PublicVerb(scope) => Some(scope),
            Self::Link | Self::Public => None,
        }
    }

    /// Whether `pk_…` keys may call it.
    pub const fn publishable(self) -> bool {
        matches!(self, Self::PublicVerb(_))
    }
}

kit::text_enum! {
    /// How often a route may be called; the numbers are in `limits/classes.rs`.
    pub enum Class {
        /// Looking something up.
        Read = "read",
        /// Changing something.
        Write = "write",
        /// A supporter acts in a campaign.
        Act = "act",
        /// Postcodes and addresses.
        Geo = "geo",
        /// Whole files, in or out.
        Bulk = "bulk",
        /// Passwords.
        SignIn = "sign_in",
        /// Refresh tokens.
        Renew = "renew",
        /// Pages that emails link to.
        Page = "page",
        /// Documents: keys, API description.
        Document = "document",
    }
}

/// One line of the table.
#[derive(Debug)]
pub struct Entry {
    /// The method of the gateway's route and of the service's.
    pub method: Method,
    /// Path with `{parameters}`; the owning service has the same.
    pub path: &'static str,
    /// The owning service.
    pub service: &'static str,
    /// What it takes to call the route.
    pub access: Access,
    /// The limits that count it.
    pub class: Class,
    /// Largest body in bytes.
    pub max_body: usize,
    /// Longest time to a response in seconds.
    pub deadline_seconds: u64,
    /// The service gets the caller's address: the route is about it.
    pub sends_address: bool,
}

impl Entry {
    /// Whether test keys may call the route: look-ups that show nothing about people, and actions, which campaigns keeps apart.
    pub fn takes_test_keys(&self) -> bool {
        self.access.scope().is_some_and(|scope| TEST.contains(&scope))
    }
}

const TEST: [&str; 5] = [
    scopes::GEO_READ,
    scopes::CAMPAIGNS_READ,
    scopes::CAMPAIGNS_PUBLIC,
    scopes::ACTIONS_CREATE,
    scopes::ACTIONS_READ,
];

/// Most bodies are JSON with a few fields.
const BODY: usize = 64 * 1024;
/// Shapes that a caller draws, and lists of places.
const DRAWN_BODY: usize = 256 * 1024;
/// A register of representatives as CSV.
const CSV_BODY: usize = 5 * 1024 * 1024;
/// A caller waits no longer than this.
const DEADLINE: u64 = 10;
/// Files may take longer.
const BULK_DEADLINE: u64 = 60;

use Access::{Link, Public, PublicVerb, Scope};
use Class::{Act, Bulk, Document, Geo, Page, Read, Renew, SignIn, Write};

/// Public data about places: a supporter's page may look it up.
const GEO: Access = PublicVerb(scopes::GEO_READ);

/// Every public route.
pub fn table() -> &'static [Entry] {
    TABLE
}

static TABLE: &[Entry] = &[
    // Organisations, people who sign in, keys.
    get("/v1/tenant", IDENTITY, Scope(scopes::TENANT_READ), Read),
    patch("/v1/tenant", IDENTITY, Scope(scopes::TENANT_WRITE), Write),
    get("/v1/users", IDENTITY, Scope(scopes::USERS_READ), Read),
    post("/v1/users", IDENTITY, Scope(scopes::USERS_WRITE), Write),
    delete("/v1/users/{user_id}", IDENTITY, Scope(scopes::USERS_WRITE), Write),
    get("/v1/api-keys", IDENTITY, Scope(scopes::KEYS_READ), Read),
    post("/v1/api-keys", IDENTITY, Scope(scopes::KEYS_WRITE), Write),
    delete("/v1/api-keys/{key_id}", IDENTITY, Scope(scopes::KEYS_WRITE), Write),
    get("/v1/sign-ins", IDENTITY, Scope(scopes::AUDIT_READ), Read),
    get("/v1/audit", IDENTITY, Scope(scopes::AUDIT_READ), Read),
    post("/v1/sessions", GATEWAY, Public, SignIn),
    post("/v1/sessions/refresh", GATEWAY, Public, Renew),
    post("/v1/sessions/revoke", GATEWAY, Public, Renew),
    // Campaigns.
    get("/v1/campaigns", CAMPAIGNS, Scope(scopes::CAMPAIGNS_READ), Read),
    post("/v1/campaigns", CAMPAIGNS, Scope(scopes::CAMPAIGNS_WRITE), Write),
    get("/v1/campaigns/{id}", CAMPAIGNS, Scope(scopes::CAMPAIGNS_READ), Read),
    patch("/v1/campaigns/{id}", CAMPAIGNS, Scope(scopes::CAMPAIGNS_WRITE), Write),
    post("/v1/campaigns/{id}/publish", CAMPAIGNS, Scope(scopes::CAMPAIGNS_WRITE), Write),
    post("/v1/campaigns/{id}/close", CAMPAIGNS, Scope(scopes::CAMPAIGNS_WRITE), Write),
    get("/v1/campaigns/{id}/public", CAMPAIGNS, PublicVerb(scopes::CAMPAIGNS_PUBLIC), Read),
    get("/v1/campaigns/{id}/targets", CAMPAIGNS, PublicVerb(scopes::CAMPAIGNS_PUBLIC), Geo),
    get("/v1/campaigns/{id}/counter", CAMPAIGNS, PublicVerb(scopes::CAMPAIGNS_PUBLIC), Read),
    get("/v1/campaigns/{id}/counters", CAMPAIGNS, Scope(scopes::CAMPAIGNS_READ), Read),
    post("/v1/campaigns/{id}/actions", CAMPAIGNS, PublicVerb(scopes::ACTIONS_CREATE), Act),
    get("/v1/campaigns/{id}/actions", CAMPAIGNS, Scope(scopes::ACTIONS_READ), Read),
    bulk(get("/v1/campaigns/{id}/export.csv", CAMPAIGNS, Scope(scopes::ACTIONS_EXPORT), Bulk)),
    bulk(post("/v1/representatives/import", CAMPAIGNS, Scope(scopes::REPRESENTATIVES_WRITE), Bulk)),
    get("/v1/eligibility-areas", CAMPAIGNS, Scope(scopes::CAMPAIGNS_READ), Read),
    large(post("/v1/eligibility-areas", CAMPAIGNS, Scope(scopes::CAMPAIGNS_WRITE), Write)),
    get("/v1/eligibility-areas/{id}", CAMPAIGNS, Scope(scopes::CAMPAIGNS_READ), Read),
    large(patch("/v1/eligibility-areas/{id}", CAMPAIGNS, Scope(scopes::CAMPAIGNS_WRITE), Write)),
    delete("/v1/eligibility-areas/{id}", CAMPAIGNS, Scope(scopes::CAMPAIGNS_WRITE), Write),
    post("/v1/eligibility-areas/{id}/check", CAMPAIGNS, PublicVerb(scopes::CAMPAIGNS_PUBLIC), Geo),
    get("/v1/representatives", CAMPAIGNS, Scope(scopes::REPRESENTATIVES_READ), Read),
    get("/v1/confirmations/{link}", CAMPAIGNS, Link, Page),
    post("/v1/confirmations/{link}", CAMPAIGNS, Link, Page),
    // Emails.
    get("/v1/deliveries", MESSAGING, Scope(scopes::DELIVERIES_READ), Read),
    get("/v1/deliveries/{id}", MESSAGING, Scope(scopes::DELIVERIES_READ), Read),
    post("/v1/deliveries/{id}/settle", MESSAGING, Scope(scopes::DELIVERIES_WRITE), Write),
    // Places.
    get("/v1/geo/postcodes", POSTCODES, GEO, Geo),
    post("/v1/geo/postcodes", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes/{postcode}", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes/{postcode}/validate", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes/{postcode}/autocomplete", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes/{postcode}/nearest", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes/lon/{longitude}/lat/{latitude}", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes/lat/{latitude}/lon/{longitude}", POSTCODES, GEO, Geo),
    get("/v1/geo/random/postcodes", POSTCODES, GEO, Geo),
    get("/v1/geo/terminated_postcodes/{postcode}", POSTCODES, GEO, Geo),
    get("/v1/geo/outcodes", POSTCODES, GEO, Geo),
    get("/v1/geo/outcodes/{outcode}", POSTCODES, GEO, Geo),
    get("/v1/geo/outcodes/{outcode}/nearest", POSTCODES, GEO, Geo),
    get("/v1/geo/places", POSTCODES, GEO, Geo),
    get("/v1/geo/places/{code}", POSTCODES, GEO, Geo),
    get("/v1/geo/random/places", POSTCODES, GEO, Geo),
    get("/v1/geo/scotland/postcodes/{postcode}", POSTCODES, GEO, Geo),
    get("/v1/geo/ping", POSTCODES, GEO, Geo),
    get("/v1/geo/ready", POSTCODES, GEO, Geo),
    bulk(post("/v1/geo/bulk/{operation}", POSTCODES, Scope(scopes::GEO_READ), Bulk)),
    post("/v1/geo/text/postcodes", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes-by-hash/{prefix}", POSTCODES, GEO, Geo),
    get("/v1/geo/distance", POSTCODES, GEO, Geo),
    get("/v1/geo/postcodes/{postcode}/areas", POSTCODES, GEO, Geo),
    get("/v1/geo/point/areas", POSTCODES, GEO, Geo),
    get("/v1/geo/areas", POSTCODES, GEO, Geo),
    get("/v1/geo/areas.geojson", POSTCODES, GEO, Geo),
    get("/v1/geo/areas/{gss_code}", POSTCODES, GEO, Geo),
    get("/v1/geo/areas/{gss_code}/geojson", POSTCODES, GEO, Geo),
    get("/v1/geo/areas/{gss_code}/neighbours", POSTCODES, GEO, Geo),
    get("/v1/geo/areas/{gss_code}/children", POSTCODES, GEO, Geo),
    get("/v1/geo/areas/{gss_code}/postcodes", POSTCODES, GEO, Geo),
    large(post("/v1/geo/within", POSTCODES, GEO, Geo)),
    large(post("/v1/geo/eligibility", POSTCODES, GEO, Geo)),
    get("/v1/geo/tiles/{kind}/{z}/{x}/{y}.mvt", POSTCODES, GEO, Geo),
    get("/v1/geo/datasets", POSTCODES, GEO, Geo),
    sending_address(get("/v1/geo/ip", GEOLOCATION, GEO, Geo)),
    post("/v1/geo/ip", GEOLOCATION, Scope(scopes::GEO_READ), Geo),
    get("/v1/geo/ip/{ip}", GEOLOCATION, Scope(scopes::GEO_READ), Geo),
    get("/v1/geo/geo.json", GEOLOCATION, Scope(scopes::GEO_READ), Geo),
    get("/v1/geo/search", GEOLOCATION, GEO, Geo),
    get("/v1/geo/autocomplete", GEOLOCATION, GEO, Geo),
    get("/v1/geo/reverse", GEOLOCATION, GEO, Geo),
    // Rights.
    get("/v1/erasures", RETENTION, Scope(scopes::RIGHTS_READ), Read),
    post("/v1/erasures", RETENTION, Scope(scopes::RIGHTS_WRITE), Write),
    get("/v1/erasures/{id}", RETENTION, Scope(scopes::RIGHTS_READ), Read),
    get("/v1/erasures/{id}/receipt", RETENTION, Scope(scopes::RIGHTS_READ), Read),
    get("/v1/receipt-keys", RETENTION, Public, Document),
    // Partners.
    get("/v1/webhook-endpoints", WEBHOOKS, Scope(scopes::WEBHOOKS_READ), Read),
    post("/v1/webhook-endpoints", WEBHOOKS, Scope(scopes::WEBHOOKS_WRITE), Write),
    get("/v1/webhook-endpoints/{id}", WEBHOOKS, Scope(scopes::WEBHOOKS_READ), Read),
    delete("/v1/webhook-endpoints/{id}", WEBHOOKS, Scope(scopes::WEBHOOKS_WRITE), Write),
    get("/v1/webhook-deliveries", WEBHOOKS, Scope(scopes::WEBHOOKS_READ), Read),
    get("/v1/webhook-deliveries/{id}", WEBHOOKS, Scope(scopes::WEBHOOKS_READ), Read),
    // The gateway's own documents and pages.
    get("/.well-known/jwks.json", GATEWAY, Public, Document),
    get("/openapi.json", GATEWAY, Public, Document),
    get("/docs", GATEWAY, Public, Document),
    get("/problems/{code}", GATEWAY, Public, Document),
    get("/confirm/{link}", GATEWAY, Link, Page),
    post("/confirm/{link}", GATEWAY, Link, Page),
];

const fn get(path: &'static str, service: Address, access: Access, class: Class) -> Entry {
    entry(Method::Get, path, service, access, class)
}

const fn post(path: &'static str, service: Address, access: Access, class: Class) -> Entry {
    entry(Method::Post, path, service, access, class)
}

const fn patch(path: &'static str, service: Address, access: Access, class: Class) -> Entry {
    entry(Method::Patch, path, service, access, class)
}

const fn delete(path: &'static str, service: Address, access: Access, class: Class) -> Entry {
    entry(Method::Delete, path, service, access, class)
}

/// A route that also accepts shapes that a caller draws.
const fn large(entry: Entry) -> Entry {
    Entry { max_body: DRAWN_BODY, ..entry }
}

/// A route of whole files.
const fn bulk(entry: Entry) -> Entry {
    Entry { max_body: CSV_BODY, deadline_seconds: BULK_DEADLINE, ..entry }
}

const fn sending_address(entry: Entry) -> Entry {
    Entry { sends_address: true, ..entry }
}

const fn entry(
    method: Method,
    path: &'static str,
    service: Address,
    access: Access,
    class: Class,
) -> Entry {
    Entry {
        method,
        path,
        service: service.name,
        access,
        class,
        max_body: BODY,
        deadline_seconds: DEADLINE,
        sends_address: false,
    }
}

/// The line of a method and a path.
pub(crate) fn find(method: &str, path: &str) -> Option<&'static Entry> {
    let method = if method == "HEAD" { "GET" } else { method };
    TABLE.iter().find(|entry| entry.method.as_str() == method && entry.path == path)
}

/// Whether everything at a path is a public document, which pages of any origin may read.
pub(crate) fn is_public_document(path: &str) -> bool {
    let mut entries = TABLE.iter().filter(|entry| entry.path == path).peekable();
    entries.peek().is_some() && entries.all(|e| e.access == Public && e.class == Document)
}
