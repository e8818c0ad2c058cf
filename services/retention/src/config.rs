//! The service's settings.

use chrono::TimeDelta;
use kit::{config::Env, secret::Secret};

use crate::receipts::signer::Signer;

/// Below five minutes, after which an open erasure is announced again anyway.
const MAX_SETTLE_SECONDS: u32 = 240;

/// What an operator can set.
#[derive(Debug)]
pub struct Config {
    /// `FOLKMOOT_RETENTION_RECEIPT_KEY`: base64 of a PKCS#8 Ed25519 key.
    pub(crate) receipt_key: Secret,
    /// `FOLKMOOT_RETENTION_SETTLE_SECONDS`: so long after the destruction of a person's keys no process has one in a cache,
    /// nor a request under way that started before it.
    pub(crate) settle: TimeDelta,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        let receipt_key = env.secret("FOLKMOOT_RETENTION_RECEIPT_KEY");
        if !receipt_key.is_empty()
            && let Err(error) = Signer::parse(&receipt_key)
        {
            env.error(format!("FOLKMOOT_RETENTION_RECEIPT_KEY: {error}"));
        }
        let settle: u32 = env.parse("FOLKMOOT_RETENTION_SETTLE_SECONDS", "75");
        if !(1..=MAX_SETTLE_SECONDS).contains(&settle) {
            env.error(format!(
                "FOLKMOOT_RETENTION_SETTLE_SECONDS: must be from 1 to {MAX_SETTLE_SECONDS}"
            ));
        }
        Self { receipt_key, settle: TimeDelta::seconds(settle.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(seconds: &str) -> String {
        let mut env = Env::from_pairs([("FOLKMOOT_RETENTION_SETTLE_SECONDS", seconds)]);
        Config::from_env(&mut env);
        env.finish().unwrap_err().to_string()
    }

    #[test]
    fn a_time_to_settle_that_proves_nothing_or_comes_too_late_is_refused() {
        for seconds in ["0", "241", "-1"] {
            assert!(errors(seconds).contains("FOLKMOOT_RETENTION_SETTLE_SECONDS"), "{seconds}");
        }
        assert!(!errors("240").contains("SETTLE"));
    }
}
