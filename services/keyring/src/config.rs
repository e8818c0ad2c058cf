//! Settings of the keyring.

use kit::{config::Env, secret::Secret};

use crate::wrapper::Wrapper;

/// What the keyring needs besides the kit's settings.
#[derive(Debug)]
pub struct Config {
    /// Key-encryption keys, `version:base64` separated by commas, the current one first. Never in a database.
    pub keks: Secret,
}

impl Config {
    /// Reads the settings; errors are gathered in `env`.
    pub(crate) fn from_env(env: &mut Env) -> Self {
        let keks = env.secret("FOLKMOOT_KEYRING_KEKS");
        if !keks.is_empty()
            && let Err(error) = Wrapper::parse(&keks)
        {
            env.error(format!("FOLKMOOT_KEYRING_KEKS: {error}"));
        }
        Self { keks }
    }
}
