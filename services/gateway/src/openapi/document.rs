//! The merged document as it is served, made once at start.

use actix_web::{http::header::EntityTag, web::Bytes};
use anyhow::Context as _;
use kit::http::conditional::content_tag;
use serde::Serialize;
use serde_json::Value;

use super::merge;
use crate::table::{self, Access, Entry};

/// The services' own descriptions, as they stood when this was built.
const PARTS: &[(&str, &str)] = &[
    ("gateway", include_str!("../../openapi.yaml")),
    ("identity", include_str!("../../../identity/openapi.yaml")),
    ("campaigns", include_str!("../../../campaigns/openapi.yaml")),
    ("messaging", include_str!("../../../messaging/openapi.yaml")),
    ("postcodes", include_str!("../../../postcodes/openapi.yaml")),
    ("geolocation", include_str!("../../../geolocation/openapi.yaml")),
    ("retention", include_str!("../../../retention/openapi.yaml")),
    ("webhooks", include_str!("../../../webhooks/openapi.yaml")),
];

/// What is served.
pub(crate) struct Document {
    pub(crate) json: Bytes,
    pub(crate) tag: EntityTag,
    pub(crate) groups: Vec<Group>,
}

/// One service's routes on the API page.
#[derive(Serialize)]
pub(crate) struct Group {
    name: &'static str,
    routes: Vec<Route>,
}

#[derive(Serialize)]
struct Route {
    method: String,
    path: &'static str,
    summary: String,
    access: String,
}

impl Document {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let merged = merged()?;
        let json = serde_json::to_vec(&merged)?;
        let (tag, groups) = (content_tag(&json), groups(&merged));
        Ok(Self { json: Bytes::from(json), tag, groups })
    }
}

fn merged() -> anyhow::Result<Value> {
    let mut parts = Vec::new();
    for (service, yaml) in PARTS {
        let part: Value = serde_yaml_ng::from_str(yaml)
            .with_context(|| format!("the API description of {service}"))?;
        parts.push((*service, part));
    }
    Ok(merge::merge(parts, table::table()))
}

fn groups(merged: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for entry in table::table() {
        let route = Route {
            method: entry.method.to_string(),
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
        "/.well-known/jwks.json" => "Public keys of access tokens",
        "/openapi.json" => "This description for machines",
        "/docs" => "This page",
        "/problems/{code}" => "What the type of a problem means",
        "/confirm/{link}" if entry.method == "GET" => "The page that a confirmation mail links to",
        "/confirm/{link}" => "Its button",
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
        Access::Public => "Open to everybody".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_table_is_described_with_what_it_takes() {
        let merged = merged().unwrap();
        let mut missing = Vec::new();
        // Pages and documents are not part of the API.
        for entry in table::table().iter().filter(|entry| entry.path.starts_with("/v1/")) {
            let method = entry.method.as_str().to_lowercase();
            let operation = &merged["paths"][entry.path][&method];
            if operation.is_null() {
                missing.push(format!("{method} {}", entry.path));
            } else if entry.access.scope().is_some() {
                let scopes = operation["security"].to_string();
                assert!(scopes.contains(entry.access.scope().unwrap()), "{}: {scopes}", entry.path);
            }
        }
        assert!(missing.is_empty(), "not in any openapi.yaml: {missing:#?}");
    }

    #[test]
    fn every_described_operation_is_in_the_table() {
        let merged = merged().unwrap();
        let mut unknown = Vec::new();
        for (path, item) in merged["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "patch", "delete"] {
                let is_known = |entry: &Entry| {
                    entry.path == path && entry.method.as_str().eq_ignore_ascii_case(method)
                };
                if item.get(method).is_some() && !table::table().iter().any(is_known) {
                    unknown.push(format!("{method} {path}"));
                }
            }
        }
        assert!(unknown.is_empty(), "described, but not in the routing table: {unknown:#?}");
    }

    #[test]
    fn every_reference_of_the_merged_document_leads_somewhere() {
        let merged = merged().unwrap();
        let mut refs = Vec::new();
        merge::visit_refs(&mut merged.clone(), &mut |text| refs.push(text.clone()));
        for text in refs {
            let pointer = text.strip_prefix('#').expect("a reference within the document");
            assert!(merged.pointer(pointer).is_some(), "{text}");
        }
    }
}
