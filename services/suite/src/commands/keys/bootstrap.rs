//! Makes the Secrets of an installation on Kubernetes, by the cluster's API. What is there is never replaced.
//!
//! All Secrets of an installation are made by one run, since each has the public halves of all workload keys. So there are
//! either all of them or none; anything between is for a person to decide about.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use contracts::services;
use kit::{
    config::Env,
    db::{
        inspect::{self, Tables},
        tls,
    },
    id::Ids,
    secret::Secret,
};
use tokio::time::{Instant, sleep};

use self::api::{Api, Created};
use super::{
    EnvFile, WORKLOAD_JWKS, add_own, add_trial, check_domain, dns_record, key_set, public_keys,
};

mod api;

/// Where a pod finds what its service account needs.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
const TOKEN_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const CA_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
/// Where the keyring keeps what the key-encryption keys wrap.
const WRAPPED: Tables<'_> = Tables { schema: "keyring", names: &["index_keys", "data_keys"] };
/// How long another run may take to make its Secrets.
const OTHER_RUN: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of a generated password.
const PASSWORD: usize = 24;

/// What an installation is called and needs.
#[derive(Args)]
pub(crate) struct Bootstrap {
    /// First part of the Secrets' names: NAME-gateway, NAME-identity, …
    #[arg(long)]
    name: String,
    /// The domain that sends email
    #[arg(long, required_unless_present = "trial")]
    domain: Option<String>,
    /// Selector of the DKIM key
    #[arg(long, default_value = "fm1")]
    selector: String,
    /// Make development keys for a trial in one process, in one Secret: NAME-trial
    #[arg(long, conflicts_with = "domain")]
    trial: bool,
    /// Add a database's URL to the Secret of a service, with a new password: campaigns=postgres://ROLE@HOST/DATABASE
    #[arg(long, value_name = "SERVICE=URL")]
    database: Vec<String>,
    /// Add the URL of Redis to the gateway's Secret
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Namespace of the Secrets; by default that of the pod
    #[arg(long)]
    namespace: Option<String>,
    /// The cluster's API; http:// is for `kubectl proxy`, which has its own credentials
    #[arg(long, default_value = "https://kubernetes.default.svc")]
    api: String,
    /// File with the credential, a bearer token
    #[arg(long, default_value = TOKEN_FILE)]
    token_file: PathBuf,
    /// File with the authorities that sign the API's certificate
    #[arg(long, default_value = CA_FILE)]
    ca_file: PathBuf,
}

/// Names and contents of Secrets, in the order in which they are made.
type Contents = Vec<(String, EnvFile)>;

/// Settings in Secrets that are there, by the Secret's name; their values are of no interest.
type Present = BTreeMap<String, BTreeMap<String, String>>;

/// Makes the Secrets, unless they are there.
pub(crate) async fn bootstrap(options: &Bootstrap) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let admin = tls::optional_database_url(&mut env, "DATABASE_URL");
    let keyring = tls::optional_database_url(&mut env, "FOLKMOOT_KEYRING_DATABASE_URL");
    env.finish()?;
    let (contents, api) = (contents(options)?, Api::new(options)?);
    if let Some(present) = settled(&api, &contents, true).await? {
        return check(&contents, &present);
    }
    refuse_data(admin.as_ref(), keyring.as_ref(), options).await?;
    if !create(&api, &contents).await? {
        settled(&api, &contents, false).await?;
        crate::commands::print("another run made the Secrets");
        return Ok(());
    }
    print_dns_record(options, &contents)
}

/// The settings in all Secrets, or nothing if there are none and that is an answer. Between the two another run may be
/// making them, and is waited for.
async fn settled(api: &Api, contents: &Contents, or_none: bool) -> anyhow::Result<Option<Present>> {
    let end = Instant::now() + OTHER_RUN;
    loop {
        let (mut present, mut missing) = (Present::new(), Vec::new());
        for (name, _) in contents {
            match api.get(name).await? {
                Some(settings) => drop(present.insert(name.clone(), settings)),
                None => missing.push(name.as_str()),
            }
        }
        if missing.is_empty() {
            return Ok(Some(present));
        }
        if present.is_empty() && or_none {
            return Ok(None);
        }
        ensure!(
            Instant::now() < end,
            "there are Secrets without {}, and these cannot be made alone: put them back from your copy, or, if nothing was \
             ever stored, delete {} and run this again",
            missing.join(", "),
            present.into_keys().collect::<Vec<_>>().join(", "),
        );
        sleep(PAUSE).await;
    }
}

fn contents(options: &Bootstrap) -> anyhow::Result<Contents> {
    let name = |part: &str| format!("{}-{part}", options.name);
    let databases = databases(options)?;
    if options.trial {
        let mut file = EnvFile::in_memory();
        add_trial(&mut file)?;
        for service in services::names() {
            add_stores(&mut file, service, &databases, options)?;
        }
        return Ok(vec![(name("trial"), file)]);
    }
    check_domain(options.domain.as_deref().unwrap_or_default())?;
    let (mut contents, mut public) = (Vec::new(), Vec::new());
    for service in services::names() {
        let mut file = EnvFile::in_memory();
        add_own(&mut file, service)?;
        add_stores(&mut file, service, &databases, options)?;
        public.extend(public_keys(&file, service)?);
        contents.push((name(service), file));
    }
    let set = key_set(&public);
    for (_, file) in &mut contents {
        file.set(WORKLOAD_JWKS, &set);
    }
    Ok(contents)
}

/// The URL of each service's database that was asked for, with a password.
fn databases(options: &Bootstrap) -> anyhow::Result<BTreeMap<&str, String>> {
    let mut databases = BTreeMap::new();
    for option in &options.database {
        let parts = option.split_once('=').and_then(|(service, url)| {
            let (role, rest) = url.strip_prefix("postgres://")?.split_once('@')?;
            let is_plain = !role.is_empty() && !role.contains([':', '/']);
            (is_plain && services::names().any(|name| name == service))
                .then_some((service, role, rest))
        });
        let (service, role, rest) = parts.with_context(|| {
            format!("--database {option} is not SERVICE=postgres://ROLE@HOST/DATABASE")
        })?;
        let password = hex::encode(Ids.bytes::<PASSWORD>());
        databases.insert(service, format!("postgres://{role}:{password}@{rest}"));
    }
    Ok(databases)
}

fn add_stores(
    file: &mut EnvFile,
    service: &str,
    databases: &BTreeMap<&str, String>,
    options: &Bootstrap,
) -> anyhow::Result<()> {
    if let Some(url) = databases.get(service) {
        file.add(&format!("FOLKMOOT_{}_DATABASE_URL", service.to_uppercase()), || Ok(url.clone()))?;
    }
    match &options.redis {
        Some(url) if service == services::GATEWAY.name => file.add("REDIS_URL", || Ok(url.clone())),
        _ => Ok(()),
    }
}

/// Whether the Secrets that are there have all that they need.
fn check(contents: &Contents, present: &Present) -> anyhow::Result<()> {
    for (name, wanted) in contents {
        let settings = present.get(name);
        let lacks = |setting: &&str| settings.is_none_or(|all| !all.contains_key(*setting));
        let lacking: Vec<&str> = wanted.pairs().map(|(setting, _)| setting).filter(lacks).collect();
        ensure!(lacking.is_empty(), "the Secret {name} lacks {}: add it", lacking.join(", "));
    }
    crate::commands::print(&format!("{} Secret(s) are there: nothing to do", contents.len()));
    Ok(())
}

/// Fails if there is data whose key-encryption key is gone: with a new key, what it sealed would stay unreadable, and
/// the old key would no longer be looked for.
async fn refuse_data(
    admin: Option<&Secret>,
    keyring: Option<&Secret>,
    options: &Bootstrap,
) -> anyhow::Result<()> {
    let planned = options.database.iter().find_map(|option| option.strip_prefix("keyring="));
    let holds_data = match (keyring, admin, planned) {
        (Some(url), _, _) => inspect::hold_data(url, WRAPPED).await,
        (None, Some(admin), Some(url)) => {
            inspect::hold_data_as_admin(admin, &Secret::new(url), WRAPPED).await
        }
        _ => bail!(
            "set FOLKMOOT_KEYRING_DATABASE_URL, or DATABASE_URL and --database keyring=…: keys are made only for a \
             database that holds no data"
        ),
    };
    ensure!(
        !holds_data.context("failed to look for data in the keyring's database")?,
        "the keyring's database holds wrapped keys, and the key-encryption key is gone: put the Secret of the keyring back \
         from your copy; a new key would not open what the old one sealed"
    );
    Ok(())
}

/// Makes all Secrets. The first one decides which of several runs makes them: false in the others.
async fn create(api: &Api, contents: &Contents) -> anyhow::Result<bool> {
    for (at, (name, file)) in contents.iter().enumerate() {
        match api.create(name, file).await? {
            Created::Made => crate::commands::print(&format!("{name}: made")),
            Created::IsThere if at == 0 => return Ok(false),
            Created::IsThere => bail!("somebody else made the Secret {name} meanwhile"),
        }
    }
    Ok(true)
}

fn print_dns_record(options: &Bootstrap, contents: &Contents) -> anyhow::Result<()> {
    let Some(domain) = &options.domain else { return Ok(()) };
    for (_, file) in contents {
        if file.get(super::DKIM_KEY).is_some() {
            let record = dns_record(file, domain, &options.selector)?;
            crate::commands::print(&format!("publish in the DNS: {record}"));
        }
    }
    Ok(())
}
