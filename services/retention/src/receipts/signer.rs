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

#[derive(Debug)]
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    jwk: PublicKey,
}

/// As a JWK Set lists it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PublicKey {
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
    pub(crate) fn parse(secret: &Secret) -> anyhow::Result<Self> {
        let pkcs8 = STANDARD.decode(secret.expose()).context("not base64")?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
            .ok()
            .context("not a PKCS#8 Ed25519 key")?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // RFC 7638: the thumbprint identifies the key, so that no id has to be chosen.
        let thumbprint =
            digest(&SHA256, format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes());
        let kid = URL_SAFE_NO_PAD.encode(thumbprint);
        let jwk = PublicKey { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", usage: "sig" };
        Ok(Self { pair, jwk })
    }

    /// A compact JWS over the payload.
    pub(crate) fn sign(&self, payload: &[u8]) -> String {
        let kid = &self.jwk.kid;
        let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"folkmoot-receipt+json"}}"#);
        let (header, payload) = (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signed = format!("{header}.{payload}");
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.jwk
    }
}
