//! The service's settings.

use kit::{config::Env, keyring::service_key::ServiceKey};

use crate::sending::{dev_receivers, guard::Policy};

/// What an operator can set.
pub struct Config {
    /// `FOLKMOOT_WEBHOOKS_SECRET_KEY`: wraps the endpoints' secrets.
    pub(crate) secret_key: ServiceKey,
    /// `FOLKMOOT_WEBHOOKS_EXTRA_PORTS` and `FOLKMOOT_WEBHOOKS_DEV_RECEIVERS`: where a delivery may go.
    pub(crate) policy: Policy,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        let secret_key = ServiceKey::from_env(env, "FOLKMOOT_WEBHOOKS_SECRET_KEY");
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
