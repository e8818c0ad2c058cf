//! Identity's own settings.

use kit::config::Env;

/// Longest time the sign-in log keeps an attempt: ten years. More days than the calendar has would stop its sweep.
const MAX_SIGN_IN_DAYS: u32 = 3650;

/// What an operator can set.
pub struct Config {
    /// `FOLKMOOT_IDENTITY_SIGN_IN_DAYS`: days the sign-in log keeps an attempt.
    pub sign_in_days: u32,
    /// `FOLKMOOT_IDENTITY_HASH_PERMITS`: password hashes computed at once; 0 means one per core.
    pub hash_permits: usize,
}

impl Config {
    /// Reads the settings; errors are gathered in `env`.
    pub(crate) fn from_env(env: &mut Env) -> Self {
        let sign_in_days = env.parse("FOLKMOOT_IDENTITY_SIGN_IN_DAYS", "90");
        if !(1..=MAX_SIGN_IN_DAYS).contains(&sign_in_days) {
            env.error(format!(
                "FOLKMOOT_IDENTITY_SIGN_IN_DAYS: must be from 1 to {MAX_SIGN_IN_DAYS}"
            ));
        }
        let hash_permits = env.parse("FOLKMOOT_IDENTITY_HASH_PERMITS", "0");
        Self { sign_in_days, hash_permits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_the_sign_in_log_are_bounded() {
        for days in ["0", "3651", "4294967295"] {
            let mut env = Env::from_pairs([("FOLKMOOT_IDENTITY_SIGN_IN_DAYS", days)]);
            Config::from_env(&mut env);
            let errors = env.finish().unwrap_err().to_string();
            assert!(errors.contains("must be from 1 to 3650"), "{errors}");
        }
    }
}
