//! Settings of webhooks.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kit::{config::Env, sealed::DataKey};

use crate::sending::guard::Policy;

/// What webhooks needs besides the kit's settings.
pub struct Config {
    /// Wraps the endpoints' secrets.
    pub secret_key: DataKey,
    /// Where a delivery may go.
    pub policy: Policy,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        let secret = env.secret("FOLKMOOT_WEBHOOKS_SECRET_KEY");
        let key = STANDARD.decode(secret.expose()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
        if key.is_none() && !secret.is_empty() {
            env.fault("FOLKMOOT_WEBHOOKS_SECRET_KEY: not base64 of 32 bytes");
        }
        let extra_ports = ports(env);
        let allow_loopback = flag(env, "FOLKMOOT_WEBHOOKS_ALLOW_LOOPBACK");
        if allow_loopback && !flag(env, "FOLKMOOT_DEV_KEYS") {
            env.fault("FOLKMOOT_WEBHOOKS_ALLOW_LOOPBACK is for tests and demos: it needs FOLKMOOT_DEV_KEYS=1");
        }
        let policy = Policy { extra_ports, allow_loopback };
        Self { secret_key: DataKey::new(key.unwrap_or_default()), policy }
    }
}

fn flag(env: &mut Env, name: &str) -> bool {
    env.optional(name).is_some_and(|value| value == "1")
}

fn ports(env: &mut Env) -> Vec<u16> {
    let text = env.text("FOLKMOOT_WEBHOOKS_EXTRA_PORTS", "");
    let mut ports = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.parse() {
            Ok(port) => ports.push(port),
            Err(error) => env.fault(format!("FOLKMOOT_WEBHOOKS_EXTRA_PORTS: {error}")),
        }
    }
    ports
}
