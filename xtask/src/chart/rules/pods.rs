//! Pods: what they may do, how they start and stop, which settings they get.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::chart::helm::Render;
use crate::chart::object::{containers, list, number, text};
use crate::chart::table::Table;

/// Seconds in which requests and background work end after the drain (`kit::service::work`).
const STOP_SECONDS: i64 = 20;

fn pods(render: &Render) -> impl Iterator<Item = (String, &Value)> {
    render.objects.iter().filter_map(|object| Some((object.id(), object.pod()?)))
}

/// A key that occurs twice in a list fails a server-side apply, and with it the installation.
pub(super) fn list_keys_are_unique(render: &Render, _: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    let mut unique = |id: &str, value: &Value, at: &str, key: &str| {
        let mut seen = BTreeSet::new();
        for item in list(value, at) {
            if !seen.insert(text(item, key)) {
                findings.push(format!("{id}: {at} has {} twice", text(item, key)));
            }
        }
    };
    for (id, pod) in pods(render) {
        unique(&id, pod, "/spec/volumes", "/name");
        for container in containers(pod) {
            unique(&id, container, "/env", "/name");
            unique(&id, container, "/ports", "/name");
            unique(&id, container, "/volumeMounts", "/mountPath");
        }
    }
    findings
}

/// What pod security calls `restricted`, and more: no writing to the image, no token, no variables of other Services.
pub(super) fn are_restricted(render: &Render, _: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for (id, pod) in pods(render) {
        let mut wants = |value: &Value, at: &str, wanted: Value| {
            if value.pointer(at) != Some(&wanted) {
                findings.push(format!("{id}: {at} is not {wanted}"));
            }
        };
        wants(pod, "/spec/securityContext/runAsNonRoot", true.into());
        wants(pod, "/spec/securityContext/seccompProfile/type", "RuntimeDefault".into());
        wants(pod, "/spec/enableServiceLinks", false.into());
        wants(pod, "/spec/automountServiceAccountToken", false.into());
        for container in containers(pod) {
            wants(container, "/securityContext/allowPrivilegeEscalation", false.into());
            wants(container, "/securityContext/readOnlyRootFilesystem", true.into());
            wants(container, "/securityContext/capabilities/drop/0", "ALL".into());
            if container.pointer("/resources/limits/memory").is_none() {
                findings.push(format!("{id}: a container has no limit of memory"));
                break;
            }
        }
    }
    findings
}

/// Liveness and start ask nothing that a database or broker can fail; a pod is not killed while it drains.
pub(super) fn start_and_stop_in_time(render: &Render, _: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for object in render.objects.iter().filter(|object| object.is("Deployment")) {
        let (id, Some(pod)) = (object.id(), object.pod()) else { continue };
        let Some(container) = list(pod, "/spec/containers").next() else { continue };
        let probes = [
            ("startupProbe", "/livez"),
            ("livenessProbe", "/livez"),
            ("readinessProbe", "/readyz"),
        ];
        for (probe, path) in probes {
            if text(container, &format!("/{probe}/httpGet/path")) != path {
                findings.push(format!("{id}: {probe} does not ask {path}"));
            }
        }
        if number(container, "/readinessProbe/timeoutSeconds") < 3 {
            findings.push(format!("{id}: /readyz may take two seconds for its database"));
        }
        let drain =
            list(container, "/env").find(|it| text(it, "/name") == "FOLKMOOT_DRAIN_SECONDS");
        let drain = drain.and_then(|it| text(it, "/value").parse().ok()).unwrap_or(0);
        let wait = number(container, "/lifecycle/preStop/sleep/seconds");
        let grace = number(pod, "/spec/terminationGracePeriodSeconds");
        if grace < wait + drain + STOP_SECONDS {
            findings.push(format!("{id}: killed after {grace} s, while it may still stop"));
        }
    }
    findings
}
