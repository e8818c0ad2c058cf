//! Settings of retention.

use chrono::TimeDelta;
use kit::{config::Env, secret::Secret};

use crate::receipts::signer::Signer;

/// An erasure that is announced again after this has settled already.
const LONGEST_SETTLE: u32 = 240;

/// What retention needs besides the kit's settings.
#[derive(Debug)]
pub struct Config {
    /// Signs receipts: base64 of a PKCS#8 Ed25519 key.
    pub receipt_key: Secret,
    /// After so long nobody can have a key in a cache, or a request under way that began before the keys were destroyed.
    pub settle: TimeDelta,
}

impl Config {
    /// Reads the settings; a key that cannot sign is a fault.
    pub fn from_env(env: &mut Env) -> Self {
        let receipt_key = env.secret("FOLKMOOT_RETENTION_RECEIPT_KEY");
        if !receipt_key.is_empty()
            && let Err(fault) = Signer::parse(&receipt_key)
        {
            env.fault(format!("FOLKMOOT_RETENTION_RECEIPT_KEY: {fault}"));
        }
        let settle: u32 = env.parse("FOLKMOOT_RETENTION_SETTLE_SECONDS", "75");
        if !(1..=LONGEST_SETTLE).contains(&settle) {
            env.fault(format!(
                "FOLKMOOT_RETENTION_SETTLE_SECONDS: not within 1 and {LONGEST_SETTLE}"
            ));
        }
        Self { receipt_key, settle: TimeDelta::seconds(settle.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(seconds: &str) -> String {
        let mut env = Env::from_pairs([("FOLKMOOT_RETENTION_SETTLE_SECONDS", seconds)]);
        Config::from_env(&mut env);
        env.finish().unwrap_err().to_string()
    }

    #[test]
    fn a_time_to_settle_that_proves_nothing_or_comes_too_late_is_a_fault() {
        for seconds in ["0", "241", "-1"] {
            assert!(faults(seconds).contains("FOLKMOOT_RETENTION_SETTLE_SECONDS"), "{seconds}");
        }
        assert!(!faults("240").contains("SETTLE"));
    }
}
