//! The two calls of Kubernetes' API that the bootstrap needs: read a Secret, and make one that is not there.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use kit::client::plain;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Bootstrap, EnvFile, NAMESPACE_FILE};

const ANSWER: Duration = Duration::from_secs(10);
/// An API server that starts or changes its leader is back by then.
const OUTAGE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Api {
    http: Client,
    /// URL of the namespace's Secrets.
    secrets: String,
    token: Option<String>,
}

/// What became of a Secret that was to be made.
pub(super) enum Created {
    Made,
    /// With other contents.
    IsThere,
}

impl Api {
    pub(super) fn new(options: &Bootstrap) -> anyhow::Result<Self> {
        let namespace = match &options.namespace {
            Some(namespace) => namespace.clone(),
            None => read(Path::new(NAMESPACE_FILE)).context("name the namespace: --namespace")?,
        };
        let (http, token) = if options.api.starts_with("http://") {
            (plain::build(ANSWER)?, None)
        } else {
            let http = plain::build_trusting(ANSWER, read(&options.ca_file)?.as_bytes());
            let http = http.with_context(|| options.ca_file.display().to_string())?;
            (http, Some(read(&options.token_file)?))
        };
        let api = options.api.trim_end_matches('/');
        Ok(Self { http, secrets: format!("{api}/api/v1/namespaces/{namespace}/secrets"), token })
    }

    /// The settings in a Secret, if it is there.
    pub(super) async fn get(&self, name: &str) -> anyhow::Result<Option<BTreeMap<String, String>>> {
        let request = || self.request(Method::GET, &format!("{}/{name}", self.secrets));
        let (status, body) = send(request).await?;
        match status {
            StatusCode::OK => {
                let data = body.get("data").filter(|data| !data.is_null()).cloned();
                Ok(Some(serde_json::from_value(data.unwrap_or_else(|| json!({})))?))
            }
            // A namespace that is not there is an error, also for a Secret.
            StatusCode::NOT_FOUND if body.pointer("/details/kind") == Some(&json!("secrets")) => {
                Ok(None)
            }
            _ => bail!("the cluster refused to read the Secret {name}: {}", says(status, &body)),
        }
    }

    /// Makes a Secret, unless one has its name.
    pub(super) async fn create(&self, name: &str, settings: &EnvFile) -> anyhow::Result<Created> {
        let data: BTreeMap<String, String> =
            settings.pairs().map(|(name, value)| (name.to_owned(), B64.encode(value))).collect();
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data,
            "metadata": { "name": name, "labels": {
                "app.kubernetes.io/name": "folkmoot", "app.kubernetes.io/managed-by": "folkmoot-keys-bootstrap",
            } },
        });
        let request = || self.request(Method::POST, &self.secrets).json(&secret);
        let (status, body) = send(request).await?;
        match status {
            StatusCode::CREATED => Ok(Created::Made),
            // Ours, if the first answer was lost on its way.
            StatusCode::CONFLICT if self.get(name).await?.as_ref() == Some(&data) => {
                Ok(Created::Made)
            }
            StatusCode::CONFLICT => Ok(Created::IsThere),
            _ => bail!("the cluster refused the Secret {name}: {}", says(status, &body)),
        }
    }

    fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path);
    Ok(text.with_context(|| format!("failed to read {}", path.display()))?.trim().to_owned())
}

/// Sends a request, again as long as the server cannot be reached or is overloaded.
async fn send(request: impl Fn() -> RequestBuilder) -> anyhow::Result<(StatusCode, Value)> {
    let end = Instant::now() + OUTAGE;
    loop {
        let outcome = match request().send().await {
            Ok(response) => {
                let status = response.status();
                let body = response.json().await.unwrap_or(Value::Null);
                if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
                    return Ok((status, body));
                }
                anyhow::anyhow!(says(status, &body))
            }
            Err(error) => error.into(),
        };
        if Instant::now() >= end {
            return Err(outcome.context("the cluster's API does not answer"));
        }
        sleep(PAUSE).await;
    }
}

/// The sentence of a refusal.
fn says(status: StatusCode, body: &Value) -> String {
    body.get("message").and_then(Value::as_str).map_or_else(|| status.to_string(), str::to_owned)
}
