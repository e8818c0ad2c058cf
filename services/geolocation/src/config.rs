//! Settings of the service.

use std::{collections::HashSet, num::NonZeroU32, path::PathBuf};

use kit::config::Env;
use url::Url;
use uuid::Uuid;

use crate::providers::{client::ProviderConfig, domain::ProviderKind};

/// Default number of requests per second, which the public Nominatim allows.
const PROVIDER_PER_SECOND: NonZeroU32 = NonZeroU32::MIN;

/// Where the data is, and which provider may be asked.
#[derive(Debug)]
pub struct Config {
    /// `FOLKMOOT_GEOLOCATION_MMDB`: database files, separated by commas and searched in this order.
    pub(crate) mmdb: Vec<PathBuf>,
    /// `FOLKMOOT_GEOLOCATION_PLACES`: the file of places; without one only postcodes are found.
    pub(crate) places: Option<PathBuf>,
    /// The external provider, if one is configured.
    pub(crate) provider: Option<ProviderConfig>,
}

impl Config {
    /// Reads the settings.
    pub(crate) fn from_env(env: &mut Env) -> Self {
        Self {
            mmdb: list(env, "FOLKMOOT_GEOLOCATION_MMDB").into_iter().map(PathBuf::from).collect(),
            places: env.optional("FOLKMOOT_GEOLOCATION_PLACES").map(PathBuf::from),
            provider: provider(env),
        }
    }
}

fn provider(env: &mut Env) -> Option<ProviderConfig> {
    let kind = env.optional("FOLKMOOT_GEOLOCATION_PROVIDER");
    let url = env.optional("FOLKMOOT_GEOLOCATION_PROVIDER_URL");
    let key = env.optional_secret("FOLKMOOT_GEOLOCATION_PROVIDER_KEY").unwrap_or_default();
    let tenants = tenants(env);
    let per_second = env.parse_or("FOLKMOOT_GEOLOCATION_PROVIDER_PER_SECOND", PROVIDER_PER_SECOND);
    let kind = kind?.parse::<ProviderKind>().map_err(|error| {
        env.error(format!("FOLKMOOT_GEOLOCATION_PROVIDER: {error}"));
    });
    let url = url.and_then(|url| url.parse::<Url>().ok()).filter(is_safe);
    if url.is_none() {
        env.error(
            "FOLKMOOT_GEOLOCATION_PROVIDER_URL: must be an https address; http is only for loopback",
        );
    }
    if matches!(kind, Ok(ProviderKind::OsPlaces | ProviderKind::Google)) && key.is_empty() {
        env.error("FOLKMOOT_GEOLOCATION_PROVIDER_KEY: this provider needs one");
    }
    Some(ProviderConfig { kind: kind.ok()?, url: url?, key, tenants, per_second })
}

/// Whether what supporters type is encrypted on its way, or does not leave the machine.
fn is_safe(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback)
}

fn tenants(env: &mut Env) -> HashSet<Uuid> {
    const NAME: &str = "FOLKMOOT_GEOLOCATION_PROVIDER_TENANTS";
    let mut tenants = HashSet::new();
    for text in list(env, NAME) {
        match text.parse() {
            Ok(tenant) => {
                tenants.insert(tenant);
            }
            Err(_unreadable) => env.error(format!("{NAME}: {text} is not the id of a tenant")),
        }
    }
    tenants
}

fn list(env: &mut Env, name: &str) -> Vec<String> {
    let list = env.optional(name).unwrap_or_default();
    let parts = list.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
