//! The number of pods (docs/adr/0019).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::chart::helm::Render;
use crate::chart::object::{Object, list, number, text};
use crate::chart::table::Table;

/// The scalers of a Deployment.
fn scalers<'a>(render: &'a Render, deployment: &'a Object) -> impl Iterator<Item = &'a Object> {
    render.objects.iter().filter(|object| {
        (object.is("HorizontalPodAutoscaler") || object.is("ScaledObject"))
            && text(&object.0, "/spec/scaleTargetRef/name") == deployment.name()
    })
}

/// The fewest and the most pods of a scaler.
fn bounds(scaler: &Object) -> (i64, i64) {
    let [least, most] = if scaler.is("ScaledObject") {
        ["/spec/minReplicaCount", "/spec/maxReplicaCount"]
    } else {
        ["/spec/minReplicas", "/spec/maxReplicas"]
    };
    (number(&scaler.0, least), number(&scaler.0, most))
}

/// Either one scaler and no `replicas`, or `replicas` and no scaler: both would fight, and neither loses pods.
pub(super) fn owns_the_number_of_pods(render: &Render, _: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for deployment in render.objects.iter().filter(|object| object.is("Deployment")) {
        let id = deployment.id();
        let (fixed, scalers) = (deployment.at("/spec/replicas"), scalers(render, deployment));
        let scalers: Vec<&Object> = scalers.collect();
        match (fixed, scalers.as_slice()) {
            (Value::Null, [scaler]) => {
                let (least, most) = bounds(scaler);
                if least < 1 || most < least {
                    findings.push(format!("{id} is scaled from {least} to {most}"));
                }
                if text(&scaler.0, "/metadata/name") != deployment.name() {
                    findings.push(format!("{id}: its scaler has another name"));
                }
            }
            (Value::Number(_), []) => {}
            _ => findings
                .push(format!("{id}: replicas is {fixed}, with {} scaler(s)", scalers.len())),
        }
    }
    findings
}

/// KEDA refuses numbers and booleans in metadata; more workers than partitions would be idle.
pub(super) fn keda_gets_texts(render: &Render, table: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for scaled in render.objects.iter().filter(|object| object.is("ScaledObject")) {
        let id = scaled.id();
        let mut partitions = 1;
        for trigger in list(&scaled.0, "/spec/triggers") {
            let metadata = trigger.get("metadata").and_then(Value::as_object);
            for (key, value) in metadata.into_iter().flatten() {
                if !value.is_string() {
                    findings.push(format!("{id}: {key} is not a text"));
                }
            }
            let topic = text(trigger, "/metadata/topic");
            let known =
                table.partitions.iter().find(|(name, _)| topic.ends_with(&format!(".{name}")));
            match known {
                Some((_, count)) => partitions = partitions.max(*count),
                None => findings.push(format!("{id}: there is no topic {topic}")),
            }
        }
        if bounds(scaled).1 > partitions {
            findings.push(format!("{id}: more pods than {partitions} partition(s)"));
        }
    }
    findings
}

/// A budget for one pod would block every drain of its node; without one for two, a drain may take both.
pub(super) fn budgets_follow_the_number(render: &Render, _: &Table) -> Vec<String> {
    let of = |kind: &'static str| render.objects.iter().filter(move |object| object.is(kind));
    let several = of("Deployment")
        .filter(|deployment| scalers(render, deployment).any(|scaler| bounds(scaler).0 > 1));
    let several: BTreeSet<&str> = several.map(Object::name).collect();
    let budgets: BTreeSet<&str> = of("PodDisruptionBudget").map(Object::name).collect();
    let differ = several.symmetric_difference(&budgets);
    differ
        .map(|name| format!("{name}: a budget without two pods, or two pods without one"))
        .collect()
}
