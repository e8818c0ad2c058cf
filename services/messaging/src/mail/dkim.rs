//! DKIM (RFC 6376): rsa-sha256, relaxed/relaxed, 2048 bits or more.

use anyhow::{Context as _, ensure};
use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use mail_auth::{
    Error,
    common::{
        crypto::{Algorithm, CryptoError, Sha256, SigningKey},
        headers::{HeaderWriter as _, Writable},
    },
    dkim::{Canonicalization, DkimSigner, Done},
};

/// The headers that are signed. Each is signed once more than it is present, so that none can be added without breaking the
/// signature (RFC 6376, section 8.15).
const SIGNED: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Feedback-ID",
];
/// Smallest modulus that receivers still accept, in bytes.
const MIN_MODULUS: usize = 256;

/// Signs for one domain and selector.
pub(crate) struct Signer(DkimSigner<Key, Done>);

impl Signer {
    /// `key`: PKCS#8 as PEM or as base64 of DER.
    pub(crate) fn new(key: &str, domain: &str, selector: &str) -> anyhow::Result<Self> {
        let signer = DkimSigner::from_key(Key(read_key(key)?))
            .domain(domain)
            .selector(selector)
            // mail-auth signs what is present by the first mention, and any further mention as absent.
            .headers(SIGNED.into_iter().chain(SIGNED))
            .header_canonicalization(Canonicalization::Relaxed)
            .body_canonicalization(Canonicalization::Relaxed);
        Ok(Self(signer))
    }

    /// The message with its signature in front. Takes most of a millisecond: call it on a blocking thread.
    pub(crate) fn sign(&self, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let signature = self.0.sign(message).map_err(|e| anyhow::anyhow!("DKIM: {e}"))?;
        let mut signed = signature.to_header().into_bytes();
        signed.extend_from_slice(message);
        Ok(signed)
    }
}

/// The value of the DNS record at `<selector>._domainkey.<domain>` for this key.
pub fn dns_record(key: &str) -> anyhow::Result<String> {
    let public = read_key(key)?.public_key().as_der().map_err(|_opaque| Unreadable)?;
    Ok(format!("v=DKIM1; k=rsa; p={}", B64.encode(public.as_ref())))
}

/// Generates an RSA-2048 key, as base64 of PKCS#8.
pub fn generate_key() -> anyhow::Result<String> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).context("failed to generate an RSA key")?;
    Ok(B64.encode(key.as_der().map_err(|_opaque| Unreadable)?.as_ref()))
}

#[derive(Debug, thiserror::Error)]
#[error("the key is not an RSA key in PKCS#8, as PEM or base64")]
struct Unreadable;

fn read_key(text: &str) -> anyhow::Result<RsaKeyPair> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    let base64: String = lines.flat_map(|line| line.split_whitespace()).collect();
    let der = B64.decode(base64).map_err(|_opaque| Unreadable)?;
    let key = RsaKeyPair::from_pkcs8(&der).map_err(|_opaque| Unreadable)?;
    ensure!(key.public_modulus_len() >= MIN_MODULUS, "the RSA key has less than 2048 bits");
    Ok(key)
}

/// Adapts a key of aws-lc-rs to mail-auth, whose own key types need a further cryptography crate.
struct Key(RsaKeyPair);

impl SigningKey for Key {
    type Hasher = Sha256;

    fn sign(&self, input: impl Writable) -> mail_auth::Result<Vec<u8>> {
        let mut data = Vec::new();
        input.write(&mut data);
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &data, &mut signature)
            .map_err(|e| Error::Crypto(CryptoError::Library(e.to_string())))?;
        Ok(signature)
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::RsaSha256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_signs_and_its_pem_is_the_same_key() {
        let key = generate_key().unwrap();
        let record = dns_record(&key).unwrap();
        assert!(record.starts_with("v=DKIM1; k=rsa; p=MIIB"));
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
        assert_eq!(dns_record(&pem).unwrap(), record);
        let signer = Signer::new(&key, "folkmoot.test", "s1").unwrap();
        let email = signer.sign(b"From: a@b.test\r\nSubject: x\r\n\r\nHi\r\n").unwrap();
        let head = String::from_utf8(email).unwrap();
        assert!(head.starts_with(
            "DKIM-Signature: v=1; a=rsa-sha256; s=s1; d=folkmoot.test; c=relaxed/relaxed;"
        ));
        assert!(head.ends_with("\r\nFrom: a@b.test\r\nSubject: x\r\n\r\nHi\r\n"));
    }

    #[test]
    fn an_invalid_key_is_reported_without_being_repeated() {
        let error = Signer::new("c2VjcmV0", "d", "s").err().unwrap().to_string();
        assert!(!error.contains("c2VjcmV0") && error.contains("PKCS#8"), "{error}");
    }
}
