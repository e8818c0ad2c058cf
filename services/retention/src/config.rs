//! Settings of retention.

use kit::{config::Env, secret::Secret};

use crate::receipts::signer::Signer;

/// What retention needs besides the kit's settings.
#[derive(Debug)]
pub struct Config {
    /// Signs receipts: base64 of a PKCS#8 Ed25519 key.
    pub receipt_key: Secret,
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
        Self { receipt_key }
    }
}
