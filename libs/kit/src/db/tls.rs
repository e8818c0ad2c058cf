//! TLS for connections to PostgreSQL. `sslmode=require` and `sslmode=verify-full` in the URL both encrypt, and both
//! verify the certificate and its host name; without `sslmode` nothing is encrypted.

use anyhow::{Context as _, bail};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{config::Env, secret::Secret};

/// The parameter of a URL that names a file of certificate authorities, as in libpq.
const CA_FILE: &str = "sslrootcert";

/// Reads a database URL. Certificate authorities are those of the file that it names, else of `FOLKMOOT_TLS_CA_FILE`
/// (PEM), else the built-in public ones.
pub fn database_url(env: &mut Env, name: &str) -> Secret {
    let url = env.secret(name);
    with_authorities(env, name, url)
}

/// The same, if it is set.
pub fn optional_database_url(env: &mut Env, name: &str) -> Option<Secret> {
    let url = env.optional_secret(name)?;
    Some(with_authorities(env, name, url))
}

fn with_authorities(env: &mut Env, name: &str, mut url: Secret) -> Secret {
    let encrypts = url.expose().contains("sslmode=");
    if let Some(path) = env.optional("FOLKMOOT_TLS_CA_FILE").filter(|_| encrypts)
        && !url.expose().contains(&format!("{CA_FILE}="))
    {
        url = Secret::new(format!("{}&{CA_FILE}={path}", url.expose()));
    }
    if !url.is_empty()
        && let Err(error) = split(url.expose())
    {
        env.error(format!("{name}: {error:#}"));
    }
    url
}

/// Splits a URL into one that the driver understands and the TLS connector, if it asks for TLS.
pub(crate) fn split(url: &str) -> anyhow::Result<(String, Option<MakeRustlsConnect>)> {
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), None)) };
    let (mut encrypt, mut ca_file, mut rest) = (false, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", "require" | "verify-full")) => encrypt = true,
            Some(("sslmode", "disable")) => encrypt = false,
            Some(("sslmode", _)) => bail!("sslmode must be disable, require or verify-full"),
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
            let context = || format!("failed to read the certificates in {path}");
            for certificate in CertificateDer::pem_file_iter(path).with_context(context)? {
                roots.add(certificate.with_context(context)?).with_context(context)?;
            }
            anyhow::ensure!(!roots.is_empty(), "{path} has no certificate");
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
    fn sslmode_decides_whether_a_connection_is_encrypted() {
        let plain = "postgres://a:b@h/d";
        let (url, tls) = split(plain).unwrap();
        assert_eq!((url.as_str(), tls.is_none()), (plain, true));
        let (url, tls) = split("postgres://a:b@h/d?options=-cx&sslmode=verify-full").unwrap();
        assert_eq!(url, "postgres://a:b@h/d?options=-cx&sslmode=require");
        assert!(tls.is_some());
        assert!(
            split("postgres://h/d?sslmode=prefer").is_err(),
            "it must not fall back to plain text"
        );
    }

    #[test]
    fn a_file_without_certificates_is_a_configuration_error() {
        let mut env = Env::from_pairs([
            ("X_DATABASE_URL", "postgres://a:secret@h/d?sslmode=require"),
            ("FOLKMOOT_TLS_CA_FILE", "/dev/null"),
        ]);
        database_url(&mut env, "X_DATABASE_URL");
        let errors = env.finish().unwrap_err().to_string();
        assert!(errors.contains("/dev/null has no certificate"), "{errors}");
        assert!(!errors.contains("secret"), "{errors}");
    }
}
