//! Keys of an installation: generated once, and kept in one file that only its owner can read.

use std::{
    collections::BTreeMap, fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path,
};

use anyhow::Context as _;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::services;
use kit::{
    auth::{claims, workload},
    id::Ids,
};

/// Domain of a trial installation; reserved, so it reaches no one (RFC 2606).
const TRIAL_DOMAIN: &str = "folkmoot.example";
const SELECTOR: &str = "fm1";

type Settings = BTreeMap<String, String>;

/// Adds what is missing to `env` in `dir`; what is there stays, so that nothing becomes unreadable.
pub(crate) fn generate(dir: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
    let file = dir.join("env");
    let mut settings = read(&file);
    let before = settings.len();
    add_workloads(&mut settings)?;
    let ids = Ids;
    let fresh = || B64.encode(ids.bytes::<32>());
    add(&mut settings, "FOLKMOOT_KEYRING_KEKS", || Ok(format!("1:{}", fresh())))?;
    add(&mut settings, "FOLKMOOT_GATEWAY_WRAP_KEY", || Ok(fresh()))?;
    add(&mut settings, "FOLKMOOT_MESSAGING_TOKEN_KEY", || Ok(fresh()))?;
    add(&mut settings, "FOLKMOOT_WEBHOOKS_SECRET_KEY", || Ok(fresh()))?;
    add(&mut settings, "FOLKMOOT_RETENTION_RECEIPT_KEY", || Ok(B64.encode(ed25519()?)))?;
    add(&mut settings, "FOLKMOOT_MESSAGING_DOMAIN", || Ok(TRIAL_DOMAIN.to_owned()))?;
    add(&mut settings, "FOLKMOOT_MESSAGING_DKIM_SELECTOR", || Ok(SELECTOR.to_owned()))?;
    // A trial runs in one process, whose services drop cached keys when an erasure is announced: only requests in progress
    // may still hold one.
    add(&mut settings, "FOLKMOOT_RETENTION_SETTLE_SECONDS", || Ok("5".to_owned()))?;
    add(&mut settings, "FOLKMOOT_DEV_KEYS", || Ok("1".to_owned()))?;
    if !settings.contains_key("FOLKMOOT_MESSAGING_DKIM_KEY") {
        let (key, dns) = messaging::mail::dkim::generate_key()?;
        settings.insert("FOLKMOOT_MESSAGING_DKIM_KEY".to_owned(), key);
        fs::write(
            dir.join("dkim.txt"),
            format!("{SELECTOR}._domainkey.{TRIAL_DOMAIN} TXT {dns}\n"),
        )?;
    }
    write(&file, &settings)?;
    super::print(&format!("{}: {} setting(s) added", file.display(), settings.len() - before));
    Ok(())
}

fn add(
    settings: &mut Settings,
    name: &str,
    make: impl FnOnce() -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    if !settings.contains_key(name) {
        settings.insert(name.to_owned(), make()?);
    }
    Ok(())
}

/// Each service's own key, and the set of all public halves.
fn add_workloads(settings: &mut Settings) -> anyhow::Result<()> {
    let mut public = Vec::new();
    for service in services::names() {
        let name = format!("FOLKMOOT_{}_WORKLOAD_KEY", service.to_uppercase());
        add(settings, &name, || Ok(B64.encode(ed25519()?)))?;
        let key = settings.get(&name).context("just added")?;
        public.push(claims::public_jwk(&B64.decode(key)?, &workload::workload_kid(service))?);
    }
    let set = serde_json::json!({ "keys": public }).to_string();
    settings.insert("FOLKMOOT_WORKLOAD_JWKS".to_owned(), set);
    Ok(())
}

fn ed25519() -> anyhow::Result<Vec<u8>> {
    let made = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
    Ok(made.map_err(|_opaque| anyhow::anyhow!("failed to generate a key"))?.as_ref().to_vec())
}

fn read(file: &Path) -> Settings {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn write(file: &Path, settings: &Settings) -> anyhow::Result<()> {
    let draft = file.with_extension("draft");
    let mut out =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    for (name, value) in settings {
        writeln!(out, "{name}={value}")?;
    }
    out.sync_all()?;
    fs::rename(&draft, file).with_context(|| format!("failed to write {}", file.display()))
}
