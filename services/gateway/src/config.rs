//! The gateway's own settings; the kit reads the ones that every service has.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use kit::{config::Env, keyring::sealed::DataKey, secret::Secret};

use crate::edge::forwarded::{Header, Proxies};

/// Settings of the gateway.
pub struct Config {
    /// `FOLKMOOT_GATEWAY_WRAP_KEY`: base64 of 32 bytes; wraps the private halves of the signing keys.
    pub(crate) wrap_key: WrapKey,
    /// `REDIS_URL`
    pub(crate) redis_url: Secret,
    /// `FOLKMOOT_GATEWAY_LIMIT_SCALE`: every limit is multiplied by this.
    pub(crate) limit_scale: f64,
    /// `FOLKMOOT_TRUSTED_PROXIES`: networks whose `X-Forwarded-For` or `Forwarded` is trusted.
    /// `FOLKMOOT_FORWARDED_HEADER`: which of the two they set.
    pub(crate) trusted_proxies: Proxies,
}

/// 32 bytes that never leave the process.
#[derive(Clone)]
pub(crate) struct WrapKey(pub(crate) [u8; 32]);

impl WrapKey {
    pub(crate) fn data_key(&self) -> DataKey {
        DataKey::new(self.0)
    }
}

impl Config {
    pub(crate) fn from_env(env: &mut Env) -> Self {
        let wrap_key = wrap_key(env);
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

fn wrap_key(env: &mut Env) -> WrapKey {
    let secret = env.secret("FOLKMOOT_GATEWAY_WRAP_KEY");
    let bytes = B64.decode(secret.expose().trim()).ok();
    if let Some(key) = bytes.and_then(|bytes| bytes.try_into().ok()) {
        return WrapKey(key);
    }
    if !secret.is_empty() {
        env.error("FOLKMOOT_GATEWAY_WRAP_KEY: is not the base64 of 32 bytes");
    }
    WrapKey([0; 32])
}
