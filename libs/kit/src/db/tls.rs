//! TLS to PostgreSQL, as the URL asks for it: `sslmode=require` and `verify-full` both encrypt and check the certificate and
//! its name (there is no way to encrypt to a stranger); without `sslmode` nothing is encrypted.

use anyhow::{Context as _, bail};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{config::Env, secret::Secret};

/// Names the file of certification authorities in a URL, as libpq does.
const CA_FILE: &str = "sslrootcert";

/// Reads a database's URL; `FOLKMOOT_TLS_CA_FILE` (PEM) stands for the built-in public authorities unless the URL names a file.
pub fn database_url(env: &mut Env, name: &str) -> Secret {
    let mut url = env.secret(name);
    let encrypts = url.expose().contains("sslmode=");
    if let Some(path) = env.optional("FOLKMOOT_TLS_CA_FILE").filter(|_| encrypts)
        && !url.expose().contains(&format!("{CA_FILE}="))
    {
        url = Secret::new(format!("{}&{CA_FILE}={path}", url.expose()));
    }
    if !url.is_empty()
        && let Err(error) = split(url.expose())
    {
        env.fault(format!("{name}: {error:#}"));
    }
    url
}

/// The URL as the driver understands it, and the connector, if there is to be TLS.
pub(crate) fn split(url: &str) -> anyhow::Result<(String, Option<MakeRustlsConnect>)> {
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), None)) };
    let (mut encrypt, mut ca_file, mut rest) = (false, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", "require" | "verify-full")) => encrypt = true,
            Some(("sslmode", "disable")) => encrypt = false,
            Some(("sslmode", _)) => bail!("sslmode is disable, require or verify-full"),
            Some((CA_FILE, path)) => ca_file = Some(path),
            _ => rest.push(pair),
        }
    }
    rest.push(if encrypt { "sslmode=require" } else { "sslmode=disable" });
    let tls = encrypt.then(|| connector(ca_file)).transpose()?;
    Ok((format!("{base}?{}", rest.join("&")), tls))
}

fn connector(ca_file: Option<&str>) -> anyhow::Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let told = || format!("failed to read the certificates in {path}");
            for certificate in CertificateDer::pem_file_iter(path).with_context(told)? {
                roots.add(certificate.with_context(told)?).with_context(told)?;
            }
            anyhow::ensure!(!roots.is_empty(), "{path} holds no certificate");
        }
    }
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_whether_there_is_tls() {
        let plain = "postgres://a:b@h/d";
        let (url, tls) = split(plain).unwrap();
        assert_eq!((url.as_str(), tls.is_none()), (plain, true));
        let (url, tls) = split("postgres://a:b@h/d?options=-cx&sslmode=verify-full").unwrap();
        assert_eq!(url, "postgres://a:b@h/d?options=-cx&sslmode=require");
        assert!(tls.is_some());
        assert!(split("postgres://h/d?sslmode=prefer").is_err(), "not quietly in the clear");
    }

    #[test]
    fn a_file_without_certificates_is_a_fault_of_the_configuration() {
        let mut env = Env::from_pairs([
            ("X_DATABASE_URL", "postgres://a:secret@h/d?sslmode=require"),
            ("FOLKMOOT_TLS_CA_FILE", "/dev/null"),
        ]);
        database_url(&mut env, "X_DATABASE_URL");
        let faults = env.finish().unwrap_err().to_string();
        assert!(faults.contains("/dev/null holds no certificate"), "{faults}");
        assert!(!faults.contains("secret"), "{faults}");
    }
}
