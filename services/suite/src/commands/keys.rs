//! Keys of an installation: generated once and never replaced, in files that only their owner can read.
//!
//! A trial has one file for its one process. A real installation has a file for each service, with what that service may see
//! and nothing else.

use std::{fs, os::unix::fs::DirBuilderExt as _, path::Path};

use anyhow::{Context as _, ensure};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::services;
use kit::{
    auth::{claims, workload},
    id::Ids,
};
use messaging::{config::can_send, mail::dkim};

use self::file::EnvFile;

pub(crate) mod bootstrap;
mod file;

/// Domain of a trial installation; reserved, so it reaches no one (RFC 2606).
const TRIAL_DOMAIN: &str = "folkmoot.example";
const DOMAIN: &str = "FOLKMOOT_MESSAGING_DOMAIN";
const SELECTOR: &str = "FOLKMOOT_MESSAGING_DKIM_SELECTOR";
const DKIM_KEY: &str = "FOLKMOOT_MESSAGING_DKIM_KEY";
const WORKLOAD_JWKS: &str = "FOLKMOOT_WORKLOAD_JWKS";

/// Adds what is missing to `env` in `dir`, for a trial in one process.
pub(crate) fn generate_trial(dir: &Path) -> anyhow::Result<()> {
    let mut file = EnvFile::open(&folder(dir)?.join("env"))?;
    add_trial(&mut file)?;
    write_dns_record(dir, &file)?;
    save(&mut file)
}

fn add_trial(file: &mut EnvFile) -> anyhow::Result<()> {
    for service in services::names() {
        add_own(file, service)?;
    }
    add_domain(file, TRIAL_DOMAIN)?;
    // Services in one process drop cached keys when an erasure is announced: only requests in progress may still hold one.
    file.add("FOLKMOOT_RETENTION_SETTLE_SECONDS", || Ok("5".to_owned()))?;
    file.add("FOLKMOOT_DEV_KEYS", || Ok("1".to_owned()))?;
    let mut public = Vec::new();
    for service in services::names() {
        public.extend(public_keys(file, service)?);
    }
    file.set(WORKLOAD_JWKS, &key_set(&public));
    Ok(())
}

/// Adds what is missing to `<service>.env` in `dir` for every service, for an installation that sends email from `domain`.
pub(crate) fn generate(dir: &Path, domain: &str) -> anyhow::Result<()> {
    check_domain(domain)?;
    let dir = folder(dir)?;
    let (mut files, mut public) = (Vec::new(), Vec::new());
    for service in services::names() {
        let mut file = EnvFile::open(&dir.join(format!("{service}.env")))?;
        add_own(&mut file, service)?;
        if service == services::MESSAGING.name {
            add_domain(&mut file, domain)?;
        }
        public.extend(public_keys(&file, service)?);
        files.push((service, file));
    }
    let set = key_set(&public);
    for (service, file) in &mut files {
        file.set(WORKLOAD_JWKS, &set);
        if *service == services::MESSAGING.name {
            let present = file.get(DOMAIN).unwrap_or_default();
            ensure!(present == domain, "messaging.env has the domain {present}: change it there");
            write_dns_record(dir, file)?;
        }
        save(file)?;
    }
    Ok(())
}

fn check_domain(domain: &str) -> anyhow::Result<()> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    ensure!(
        domain.chars().all(is_name) && can_send(domain),
        "{domain} is not a domain that can send email"
    );
    Ok(())
}

fn folder(dir: &Path) -> anyhow::Result<&Path> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("failed to create {}", dir.display()))?;
    Ok(dir)
}

fn save(file: &mut EnvFile) -> anyhow::Result<()> {
    let added = file.save()?;
    super::print(&format!("{}: {added} setting(s) added", file.path().display()));
    Ok(())
}

/// The keys that one service has and no other may see.
fn add_own(file: &mut EnvFile, service: &str) -> anyhow::Result<()> {
    let key = || -> anyhow::Result<String> { Ok(B64.encode(Ids.bytes::<32>())) };
    let pair = || Ok(B64.encode(ed25519()?));
    file.add(&workload_key(service), pair)?;
    match service {
        "keyring" => file.add("FOLKMOOT_KEYRING_KEKS", || Ok(format!("1:{}", key()?))),
        "gateway" => file.add("FOLKMOOT_GATEWAY_WRAP_KEY", key),
        "webhooks" => file.add("FOLKMOOT_WEBHOOKS_SECRET_KEY", key),
        "retention" => file.add("FOLKMOOT_RETENTION_RECEIPT_KEY", pair),
        "messaging" => {
            file.add("FOLKMOOT_MESSAGING_TOKEN_KEY", key)?;
            file.add(DKIM_KEY, dkim::generate_key)
        }
        _ => Ok(()),
    }
}

/// What goes with the DKIM key, and is no secret.
fn add_domain(file: &mut EnvFile, domain: &str) -> anyhow::Result<()> {
    file.add(DOMAIN, || Ok(domain.to_owned()))?;
    file.add(SELECTOR, || Ok("fm1".to_owned()))
}

fn workload_key(service: &str) -> String {
    format!("FOLKMOOT_{}_WORKLOAD_KEY", service.to_uppercase())
}

/// The public halves of a service's workload keys, as JWKs: of the one that signs, and of the others in its setting.
fn public_keys(file: &EnvFile, service: &str) -> anyhow::Result<Vec<serde_json::Value>> {
    let name = workload_key(service);
    let setting = file.value(&name)?;
    let keys = setting.split(',').map(|key| {
        let pkcs8 = B64.decode(key.trim())?;
        let jwk = claims::public_jwk(&pkcs8, &workload::workload_kid(service))?;
        Ok(serde_json::to_value(jwk)?)
    });
    let keys: anyhow::Result<_> = keys.collect();
    keys.with_context(|| format!("{name} is not an Ed25519 key in PKCS#8 as base64"))
}

fn key_set(public: &[serde_json::Value]) -> String {
    serde_json::json!({ "keys": public }).to_string()
}

/// What the domain's DNS must say, for the key in the file.
fn write_dns_record(dir: &Path, file: &EnvFile) -> anyhow::Result<()> {
    let [domain, selector] = [DOMAIN, SELECTOR].map(|name| file.get(name).unwrap_or_default());
    let path = dir.join("dkim.txt");
    fs::write(&path, dns_record(file, domain, selector)? + "\n")
        .with_context(|| format!("failed to write {}", path.display()))
}

fn dns_record(file: &EnvFile, domain: &str, selector: &str) -> anyhow::Result<String> {
    let record = dkim::dns_record(&file.value(DKIM_KEY)?)?;
    Ok(format!("{selector}._domainkey.{domain} TXT {record}"))
}

fn ed25519() -> anyhow::Result<Vec<u8>> {
    let made = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
    Ok(made.map_err(|_opaque| anyhow::anyhow!("failed to generate a key"))?.as_ref().to_vec())
}

#[cfg(test)]
mod tests;
