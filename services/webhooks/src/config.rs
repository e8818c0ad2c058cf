//! The service's settings.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kit::{config::Env, keyring::sealed::DataKey};

use crate::sending::{dev_receivers, guard::Policy};

/// What an operator can set.
pub struct Config {
    /// `FOLKMOOT_WEBHOOKS_SECRET_KEY`: wraps the endpoints' secrets.
    pub(crate) secret_key: DataKey,
    /// `FOLKMOOT_WEBHOOKS_EXTRA_PORTS` and `FOLKMOOT_WEBHOOKS_DEV_RECEIVERS`: where a delivery may go.
    pub(crate) policy: Policy,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        let secret = env.secret("FOLKMOOT_WEBHOOKS_SECRET_KEY");
        let key = STANDARD.decode(secret.expose()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
        if key.is_none() && !secret.is_empty() {
            env.error("FOLKMOOT_WEBHOOKS_SECRET_KEY: must be base64 of 32 bytes");
        }
        let extra_ports =
            list(env, "FOLKMOOT_WEBHOOKS_EXTRA_PORTS", "a port number", |text| text.parse().ok());
        let dev_receivers = list(
            env,
            "FOLKMOOT_WEBHOOKS_DEV_RECEIVERS",
            "an origin on this machine, such as http://127.0.0.1:9100",
            dev_receivers::parse,
        );
        let is_development = env.optional("FOLKMOOT_DEV_KEYS").is_some_and(|value| value == "1");
        if !dev_receivers.is_empty() && !is_development {
            env.error("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS is for development only: it needs FOLKMOOT_DEV_KEYS=1");
        }
        let secret_key = DataKey::new(key.unwrap_or_default());
        Self { secret_key, policy: Policy { extra_ports, dev_receivers } }
    }
}

/// Reads a comma-separated setting; reports every part that is not `what`.
fn list<T>(env: &mut Env, name: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let text = env.text(name, "");
    let mut parsed = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match parse(part) {
            Some(value) => parsed.push(value),
            None => env.error(format!("{name}: `{part}` must be {what}")),
        }
    }
    parsed
}
