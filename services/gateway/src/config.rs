//! The gateway's own settings; the kit reads the ones that every service has.

use kit::{config::Env, keyring::service_key::ServiceKey, secret::Secret};

use crate::edge::forwarded::{Header, Proxies};

/// Settings of the gateway.
pub struct Config {
    /// `FOLKMOOT_GATEWAY_WRAP_KEY`: wraps the private halves of the signing keys.
    pub(crate) wrap_key: ServiceKey,
    /// `REDIS_URL`
    pub(crate) redis_url: Secret,
    /// `FOLKMOOT_GATEWAY_LIMIT_SCALE`: every limit is multiplied by this.
    pub(crate) limit_scale: f64,
    /// `FOLKMOOT_TRUSTED_PROXIES`: networks whose `X-Forwarded-For` or `Forwarded` is trusted.
    /// `FOLKMOOT_FORWARDED_HEADER`: which of the two they set.
    pub(crate) trusted_proxies: Proxies,
}

impl Config {
    pub(crate) fn from_env(env: &mut Env) -> Self {
        let wrap_key = ServiceKey::from_env(env, "FOLKMOOT_GATEWAY_WRAP_KEY");
        let redis_url = env.secret("REDIS_URL");
        let limit_scale: f64 = env.parse("FOLKMOOT_GATEWAY_LIMIT_SCALE", "1");
        if !limit_scale.is_finite() || limit_scale <= 0.0 {
            env.error("FOLKMOOT_GATEWAY_LIMIT_SCALE: must be above zero");
        }
        Self { wrap_key, redis_url, limit_scale, trusted_proxies: trusted_proxies(env) }
    }
}

fn trusted_proxies(env: &mut Env) -> Proxies {
    let listed = env.text("FOLKMOOT_TRUSTED_PROXIES", "");
    let mut trusted = Vec::new();
    for text in listed.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        match text.parse() {
            Ok(net) => trusted.push(net),
            Err(_unreadable) => {
                env.error(format!("FOLKMOOT_TRUSTED_PROXIES: {text} is not a network"));
            }
        }
    }
    let header = env.text("FOLKMOOT_FORWARDED_HEADER", "any");
    let header = Header::from_field(&header).unwrap_or_else(|invalid| {
        env.error(format!("FOLKMOOT_FORWARDED_HEADER: {}", invalid.detail));
        Header::Any
    });
    Proxies { trusted, header }
}
