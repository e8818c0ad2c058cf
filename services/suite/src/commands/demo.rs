//! The demo: an organisation with keys, representatives and one live campaign. Repeatable: an existing demo is kept.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use anyhow::Context as _;
use contracts::scopes;
use identity::{api_keys::domain::KeyKind, workflow};
use kit::{client, config::Env, id::Ids};
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Reserved (RFC 2606): it reaches no one.
const DOMAIN: &str = "folkmoot.example";
/// Invented offices of the ten constituencies whose rough outlines the project brings.
const REPRESENTATIVES: &str = include_str!("../../demo/representatives.csv");
/// The campaign as a front end would create it.
const CAMPAIGN: &str = include_str!("../../demo/campaign.json");
/// Where pages that call the demo are served on a developer's machine: `python3 -m http.server` as examples/README.md has
/// it, and the defaults of common front-end tools. A page opened as a file has no origin that a key could list.
const PAGE_ORIGINS: [&str; 6] = [
    "http://127.0.0.1:8000",
    "http://localhost:8000",
    "http://127.0.0.1:3000",
    "http://localhost:3000",
    "http://127.0.0.1:5173",
    "http://localhost:5173",
];
const TIMEOUT: Duration = Duration::from_secs(20);

/// The demo's address and credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    gateway: String,
    tenant_id: String,
    owner_email: String,
    owner_password: String,
    publishable_key: String,
    secret_key: String,
    campaign_id: String,
}

/// Creates the demo, or keeps the existing one, and prints its state. Requests go to `gateway`, the public URL by default.
pub(crate) async fn prepare(file: &Path, gateway: Option<String>) -> anyhow::Result<()> {
    let public = Env::from_process().text("FOLKMOOT_PUBLIC_URL", "http://127.0.0.1:8080");
    let gateway = gateway.as_ref().unwrap_or(&public);
    let state = match read(file) {
        Some(state) if is_live(&state, gateway).await => state,
        _ => State { gateway: public.clone(), ..create(gateway).await? },
    };
    write(file, &state)?;
    super::print(&serde_json::to_string_pretty(&state)?);
    Ok(())
}

fn read(file: &Path) -> Option<State> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// Whether a page can show the campaign, and act for real. The keys of a demo that an earlier version created were for tests,
/// or list fewer origins.
async fn is_live(state: &State, gateway: &str) -> bool {
    let url = format!("{gateway}/v1/campaigns/{}/public", state.campaign_id);
    let Ok(http) = client::plain::build(TIMEOUT) else { return false };
    let [origin, ..] = PAGE_ORIGINS;
    let request = http.get(url).header("origin", origin);
    let key = &state.publishable_key;
    key.starts_with("pk_live_") && call(&http, request, key).await.is_ok()
}

async fn create(gateway: &str) -> anyhow::Result<State> {
    let owner_password = Ids.token::<18>();
    let Created { tenant_id, owner_email, publishable_key, secret_key } =
        create_tenant(&owner_password).await?;
    let http = client::plain::build(TIMEOUT)?;
    let import = http
        .post(format!("{gateway}/v1/representatives/import"))
        .header("content-type", "text/csv")
        .body(REPRESENTATIVES);
    call(&http, import, &secret_key).await.context("representatives")?;
    let campaign: Value = serde_json::from_str(CAMPAIGN)?;
    let create = http.post(format!("{gateway}/v1/campaigns")).json(&campaign);
    let created = call(&http, create, &secret_key).await.context("campaign")?;
    let campaign_id =
        created.get("id").and_then(Value::as_str).context("the campaign has no id")?.to_owned();
    let publish =
        http.post(format!("{gateway}/v1/campaigns/{campaign_id}/publish")).json(&json!({}));
    call(&http, publish, &secret_key).await.context("publish")?;
    Ok(State {
        gateway: gateway.to_owned(),
        tenant_id,
        owner_email,
        owner_password,
        publishable_key,
        secret_key,
        campaign_id,
    })
}

struct Created {
    tenant_id: String,
    owner_email: String,
    publishable_key: String,
    secret_key: String,
}

/// Creates a new organisation each time: the keys of an earlier one cannot be shown again.
async fn create_tenant(password: &str) -> anyhow::Result<Created> {
    let (identity, stop) = super::tenant::identity().await?;
    let app = &identity.app;
    let slug = format!("demo-{}", hex::encode(Ids.bytes::<4>()));
    let owner_email = format!("owner@{slug}.{DOMAIN}");
    let tenant = workflow::create_tenant(
        app,
        &slug,
        "The Demo Society",
        &owner_email,
        "Demo Owner",
        password,
    )
    .await?;
    let owned = |texts: &[&str]| -> Vec<String> { texts.iter().map(ToString::to_string).collect() };
    let key = async |kind, name, origins: &[&str], scopes: &[&str]| {
        let (origins, scopes) = (owned(origins), owned(scopes));
        workflow::create_api_key(app, tenant.tenant_id, kind, false, origins, scopes, name).await
    };
    let publishable_key =
        key(KeyKind::Publishable, "demo page", &PAGE_ORIGINS, scopes::PUBLISHABLE).await?;
    let secret_key = key(KeyKind::Secret, "demo server", &[], SERVER_SCOPES).await?;
    stop.cancel();
    identity.stopped().await;
    Ok(Created {
        tenant_id: tenant.tenant_id.to_string(),
        owner_email,
        publishable_key,
        secret_key,
    })
}

const SERVER_SCOPES: &[&str] = &[
    scopes::CAMPAIGNS_READ,
    scopes::CAMPAIGNS_WRITE,
    scopes::CAMPAIGNS_PUBLIC,
    scopes::ACTIONS_CREATE,
    scopes::ACTIONS_READ,
    scopes::ACTIONS_EXPORT,
    scopes::REPRESENTATIVES_READ,
    scopes::REPRESENTATIVES_WRITE,
    scopes::GEO_READ,
    scopes::DELIVERIES_READ,
    scopes::RIGHTS_READ,
    scopes::RIGHTS_WRITE,
    scopes::WEBHOOKS_READ,
    scopes::WEBHOOKS_WRITE,
];

async fn call(http: &Client, request: reqwest::RequestBuilder, key: &str) -> anyhow::Result<Value> {
    let response = http.execute(request.bearer_auth(key).build()?).await?;
    let status = response.status();
    let text = response.text().await?;
    anyhow::ensure!(status.is_success(), "{status}: {text}");
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn write(file: &Path, state: &State) -> anyhow::Result<()> {
    let shell = format!(
        "export FOLKMOOT={}\nexport PK={}\nexport SK={}\nexport CAMPAIGN={}\n",
        state.gateway, state.publishable_key, state.secret_key, state.campaign_id
    );
    for (path, text) in [
        (file.to_owned(), serde_json::to_string_pretty(state)?),
        (file.with_extension("env"), shell),
    ] {
        fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}
