//! Secrets: the chart names them, and each pod sees its own only.

use serde_json::Value;

use super::settings::{self, Page};
use crate::chart::helm::Render;
use crate::chart::object::{Object, containers, list, text};
use crate::chart::table::Table;

/// A rendered Secret would lie in the history of releases, and change at each rendering.
pub(super) fn none_is_rendered(render: &Render, _: &Table) -> Vec<String> {
    let rendered = render.objects.iter().filter(|object| object.is("Secret"));
    rendered.map(|object| format!("{} is rendered", object.id())).collect()
}

/// A service's own secrets reach its own pods only; only the keyring's see the key-encryption keys.
pub(super) fn only_its_own(render: &Render, table: &Table) -> Vec<String> {
    let (mut findings, page) = (Vec::new(), Page::read());
    for object in &render.objects {
        let Some(pod) = object.pod() else { continue };
        let own = text(pod, "/metadata/labels/app.kubernetes.io~1component");
        for name in variables(pod) {
            let owner = settings::owner(name, table).filter(|_| page.is_secret(name, table));
            let may = owner.is_none_or(|service| service == own)
                || (own == "migrate" && name.ends_with("_DATABASE_URL"))
                || (own == "bootstrap" && name == "FOLKMOOT_KEYRING_DATABASE_URL");
            if !may {
                findings.push(format!("{} sees {name}", object.id()));
            }
        }
    }
    findings.extend(render.objects.iter().filter_map(external));
    findings
}

/// Only the bootstrap gets a token of the cluster's API.
pub(super) fn one_pod_has_a_token(render: &Render, _: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for object in &render.objects {
        let Some(pod) = object.pod() else { continue };
        let own = text(pod, "/metadata/labels/app.kubernetes.io~1component");
        let mut sources =
            list(pod, "/spec/volumes").flat_map(|volume| list(volume, "/projected/sources"));
        let has_token = sources.any(|source| source.get("serviceAccountToken").is_some());
        if has_token && own != "bootstrap" {
            findings.push(format!("{} gets a token of the API", object.id()));
        }
    }
    findings
}

fn variables(pod: &Value) -> impl Iterator<Item = &str> {
    containers(pod).flat_map(|container| list(container, "/env")).map(|it| text(it, "/name"))
}

/// An `ExternalSecret` with the key-encryption keys is the keyring's.
fn external(object: &Object) -> Option<String> {
    let mut keys = list(&object.0, "/spec/data").map(|it| text(it, "/secretKey"));
    let is_wrong = object.is("ExternalSecret")
        && keys.any(|key| key == "FOLKMOOT_KEYRING_KEKS")
        && !object.name().ends_with("-keyring");
    is_wrong.then(|| format!("{} holds the key-encryption keys", object.id()))
}
