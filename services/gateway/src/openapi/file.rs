//! The services' files, merged once at the start.

use std::sync::Arc;

use anyhow::Context as _;
use kit::http::conditional::content_tag;
use serde::Serialize;
use serde_json::Value;

use self::merge::merge;
use crate::table::{self, Access, Entry, Method};

#[cfg(test)]
mod checks;
mod merge;
mod refusals;

/// The services' own documents. The gateway's comes first: the others are merged into it.
const PARTS: &[(&str, &str)] = &[
    ("gateway", include_str!("../../openapi.yaml")),
    ("common", include_str!("../../../common.yaml")),
    ("identity", include_str!("../../../identity/openapi.yaml")),
    ("campaigns", include_str!("../../../campaigns/openapi.yaml")),
    ("messaging", include_str!("../../../messaging/openapi.yaml")),
    ("postcodes", include_str!("../../../postcodes/openapi.yaml")),
    ("geolocation", include_str!("../../../geolocation/openapi.yaml")),
    ("retention", include_str!("../../../retention/openapi.yaml")),
    ("webhooks", include_str!("../../../webhooks/openapi.yaml")),
];

/// The merged document, and what the API page shows of it.
pub(crate) struct Document {
    pub(super) json: Arc<[u8]>,
    /// The entity tag, without quotes.
    pub(super) tag: String,
    pub(super) groups: Vec<Group>,
}

/// One service's routes on the API page.
#[derive(Serialize)]
pub(super) struct Group {
    name: &'static str,
    routes: Vec<Route>,
}

#[derive(Serialize)]
struct Route {
    method: Method,
    path: &'static str,
    summary: String,
    access: String,
}

impl Document {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let merged = merged()?;
        let json = serde_json::to_vec(&merged)?;
        let tag = content_tag(&json).tag().to_owned();
        Ok(Self { json: json.into(), tag, groups: groups(&merged) })
    }
}

fn merged() -> anyhow::Result<Value> {
    let mut parts = Vec::new();
    for (service, yaml) in PARTS {
        let part: Value = serde_yaml_ng::from_str(yaml)
            .with_context(|| format!("the API description of {service}"))?;
        parts.push((*service, part));
    }
    merge(parts, table::table())
}

fn groups(merged: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for entry in table::table() {
        let route = Route {
            method: entry.method,
            path: entry.path,
            summary: summary(merged, entry),
            access: access(entry.access),
        };
        match groups.iter_mut().find(|group| group.name == entry.service) {
            Some(group) => group.routes.push(route),
            None => groups.push(Group { name: entry.service, routes: vec![route] }),
        }
    }
    groups
}

fn summary(merged: &Value, entry: &Entry) -> String {
    let method = entry.method.as_str().to_lowercase();
    let operation = merged.get("paths").and_then(|paths| paths.get(entry.path)?.get(&method));
    let text = operation.and_then(|operation| operation.get("summary")?.as_str());
    // Pages and documents are not part of the API.
    let of_page = match entry.path {
        "/.well-known/jwks.json" => "Get the public keys of access tokens",
        "/openapi.json" => "Get this description as OpenAPI",
        "/docs" => "Show this page",
        "/problems/{code}" => "Explain a problem's code",
        "/confirm/{link}" if entry.method == Method::Get => {
            "Show the page that confirmation emails link to"
        }
        "/confirm/{link}" => "Confirm, from that page",
        _ => "",
    };
    text.unwrap_or(of_page).to_owned()
}

fn access(access: Access) -> String {
    match access {
        Access::Scope(scope) => format!("Session or secret key with {scope}"),
        Access::PublicVerb(scope) => {
            format!("Session, secret or publishable key with {scope}")
        }
        Access::Link => "The link is the credential".to_owned(),
        Access::Public => "No credentials".to_owned(),
    }
}
