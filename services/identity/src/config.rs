//! Identity's own settings.

use kit::config::Env;

/// What an operator may choose.
pub struct Config {
    /// `FOLKMOOT_IDENTITY_SIGN_IN_DAYS`: days the sign-in log keeps an attempt.
    pub sign_in_days: u32,
    /// `FOLKMOOT_IDENTITY_HASH_PERMITS`: password hashes computed at once; 0 means one per core.
    pub hash_permits: usize,
}

impl Config {
    /// Reads the settings; faults are gathered in `env`.
    pub(crate) fn from_env(env: &mut Env) -> Self {
        let sign_in_days = env.parse("FOLKMOOT_IDENTITY_SIGN_IN_DAYS", "90");
        if sign_in_days == 0 {
            env.fault("FOLKMOOT_IDENTITY_SIGN_IN_DAYS: at least 1");
        }
        let hash_permits = env.parse("FOLKMOOT_IDENTITY_HASH_PERMITS", "0");
        Self { sign_in_days, hash_permits }
    }
}
