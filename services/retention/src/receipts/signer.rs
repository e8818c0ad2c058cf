//! The key that signs receipts: Ed25519, compact JWS (RFC 7515, RFC 8037).

use anyhow::Context as _;
use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kit::secret::Secret;
use serde::Serialize;

/// Signs receipts and shows the public half.
#[derive(Debug)]
pub struct Signer {
    pair: Ed25519KeyPair,
    jwk: PublicKey,
}

/// The public key, as a JWK Set lists it.
#[derive(Debug, Clone, Serialize)]
pub struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    x: String,
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
}

impl Signer {
    /// Reads base64 of a PKCS#8 Ed25519 key.
    pub fn parse(secret: &Secret) -> anyhow::Result<Self> {
        let pkcs8 = STANDARD.decode(secret.expose()).context("not base64")?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
            .ok()
            .context("not a PKCS#8 Ed25519 key")?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // RFC 7638: the thumbprint names the key, so nobody has to choose names.
        let thumbprint =
            digest(&SHA256, format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes());
        let kid = URL_SAFE_NO_PAD.encode(thumbprint);
        let jwk = PublicKey { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", usage: "sig" };
        Ok(Self { pair, jwk })
    }

    /// A compact JWS over the payload.
    pub fn sign(&self, payload: &[u8]) -> anyhow::Result<String> {
        let header = serde_json::json!({
            "alg": "EdDSA", "kid": self.jwk.kid, "typ": "folkmoot-receipt+json",
        });
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = self.pair.sign(signed.as_bytes());
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.jwk
    }
}
