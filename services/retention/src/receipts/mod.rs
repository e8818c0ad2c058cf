//! Receipts: what we say under our signature that was forgotten.

pub mod http;

pub mod domain;
pub mod signer;

use crate::erasures::domain::{Answer, Erasure};

/// The signed receipt of a complete erasure.
pub fn sign(
    signer: &signer::Signer,
    erasure: &Erasure,
    answers: &[Answer],
) -> anyhow::Result<String> {
    let payload = serde_json::to_vec(&domain::Receipt::of(erasure, answers))?;
    signer.sign(&payload)
}
