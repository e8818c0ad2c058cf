//! `NetworkPolicies`: everything is denied but what the table of calls has.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::chart::helm::Render;
use crate::chart::object::{Object, list, matches, number, text};
use crate::chart::table::Table;

const COMPONENT: &str = "/podSelector/matchLabels/app.kubernetes.io~1component";

fn policies(render: &Render) -> impl Iterator<Item = &Object> {
    render.objects.iter().filter(|object| object.is("NetworkPolicy"))
}

/// Each pod is denied everything, both ways, and has one policy of its own.
pub(super) fn every_pod_has_a_policy(render: &Render, _: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for object in &render.objects {
        let Some(labels) = object.pod().and_then(|pod| pod.pointer("/metadata/labels")) else {
            continue;
        };
        let own =
            policies(render).filter(|it| matches(it.at("/spec/podSelector/matchLabels"), labels));
        let (allow, deny): (Vec<&Object>, Vec<&Object>) =
            own.partition(|it| it.at("/spec").get("egress").is_some());
        if (allow.len(), deny.len()) != (1, 1) {
            let counts = format!("{} policies and {} default", allow.len(), deny.len());
            findings.push(format!("{}: {counts}, instead of one each", object.id()));
        }
    }
    findings
}

/// The services that may connect, read from both ends, are those of the table.
pub(super) fn edges_are_the_calls(render: &Render, table: &Table) -> Vec<String> {
    if policies(render).any(|it| text(&it.0, &format!("/spec{COMPONENT}")) == "all") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let wanted = table.edges();
    for (way, side, peer) in [("out", "/spec/egress", "/to"), ("in", "/spec/ingress", "/from")] {
        let found = edges(render, table, side, peer, way == "out");
        // Whoever may reach the gateway from outside may be everybody, and then no rule names the services.
        let is_open = way == "in" && !found.iter().any(|(_, to)| to == "gateway");
        let wanted = wanted.iter().filter(|(_, to)| !is_open || to != "gateway");
        let wanted: BTreeSet<_> = wanted.cloned().collect();
        for (from, to) in found.symmetric_difference(&wanted) {
            findings
                .push(format!("{way}: {from} → {to} is in the table or the policies, not in both"));
        }
    }
    findings
}

/// Pairs of services of which one policy lets the first connect to the second's own port.
fn edges(
    render: &Render,
    table: &Table,
    side: &str,
    peer: &str,
    is_out: bool,
) -> BTreeSet<(String, String)> {
    let mut edges = BTreeSet::new();
    for policy in policies(render) {
        let own = text(&policy.0, &format!("/spec{COMPONENT}"));
        for rule in list(&policy.0, side) {
            for other in list(rule, peer).map(|it| text(it, COMPONENT)) {
                let (from, to) = if is_out { (own, other) } else { (other, own) };
                let known = table.facts.contains_key(from);
                let port = table.facts.get(to).map_or(0, |facts| facts.port);
                if known && has_port(rule, port) {
                    edges.insert((from.to_owned(), to.to_owned()));
                }
            }
        }
    }
    edges
}

fn has_port(rule: &Value, wanted: i64) -> bool {
    list(rule, "/ports").any(|port| number(port, "/port") == wanted)
}
