//! Objects as a whole: names, selectors, Jobs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::chart::helm::Render;
use crate::chart::object::{Object, containers, list, matches, text};
use crate::chart::table::Table;

pub(super) fn names_are_unique(render: &Render, _: &Table) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let twice = render.objects.iter().filter(|object| !seen.insert(object.id()));
    twice.map(|object| format!("{} is rendered twice", object.id())).collect()
}

/// Each Service selects the pods of exactly one Deployment, by ports that they have.
pub(super) fn services_find_their_pods(render: &Render, _: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for service in render.objects.iter().filter(|object| object.is("Service")) {
        let pods = render.objects.iter().filter(|object| object.is("Deployment"));
        let pods = pods.filter_map(Object::pod);
        let selector = service.at("/spec/selector");
        let found: Vec<&Value> = pods
            .filter(|pod| {
                matches(selector, pod.pointer("/metadata/labels").unwrap_or(&Value::Null))
            })
            .collect();
        let [pod] = found.as_slice() else {
            findings.push(format!("{} selects {} Deployments", service.id(), found.len()));
            continue;
        };
        for port in list(&service.0, "/spec/ports") {
            let target = text(port, "/targetPort");
            let mut ports = containers(pod).flat_map(|container| list(container, "/ports"));
            if !ports.any(|port| text(port, "/name") == target) {
                findings.push(format!("{}: its pods have no port {target}", service.id()));
            }
        }
    }
    findings
}

/// A Job's pod is immutable: another pod needs another name. An unchanged one keeps its name, or it would run again.
pub(super) fn jobs_are_named_by_what_they_run(render: &Render, _: &Table) -> Vec<String> {
    let jobs = |objects: &[Object]| -> BTreeMap<String, Option<Value>> {
        let jobs = objects.iter().filter(|object| object.is("Job"));
        jobs.map(|job| (job.name().to_owned(), job.pod().cloned())).collect()
    };
    let (before, after) = (jobs(&render.objects), jobs(&render.changed));
    let same = before.iter().filter(|(name, pod)| after.get(*name).is_some_and(|it| it != *pod));
    same.map(|(name, _)| format!("Job {name}: another image has the same name")).collect()
}

/// Selectors are immutable: an upgrade that changed one would fail.
pub(super) fn selectors_never_change(renders: &[Render]) -> Vec<String> {
    let mut selectors: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut findings = Vec::new();
    for object in renders.iter().flat_map(|it| &it.objects).filter(|it| it.is("Deployment")) {
        let selector = object.at("/spec/selector");
        if *selectors.entry(object.name()).or_insert(selector) != selector {
            findings.push(format!("{} has different selectors in two sets", object.id()));
        }
    }
    findings
}
