//! What must hold of everything that is rendered, whatever the values. Most rules are traps that a real API server or
//! kubelet sprang.

mod network;
mod objects;
mod pods;
mod scaling;
mod secrets;
mod settings;
#[cfg(test)]
mod tests;

use super::helm::Render;
use super::table::Table;

type Rule = fn(&Render, &Table) -> Vec<String>;

const RULES: &[Rule] = &[
    objects::names_are_unique,
    objects::services_find_their_pods,
    objects::jobs_are_named_by_what_they_run,
    pods::list_keys_are_unique,
    pods::are_restricted,
    pods::start_and_stop_in_time,
    settings::are_documented,
    settings::secrets_are_no_texts,
    scaling::owns_the_number_of_pods,
    scaling::keda_gets_texts,
    scaling::budgets_follow_the_number,
    network::every_pod_has_a_policy,
    network::edges_are_the_calls,
    secrets::none_is_rendered,
    secrets::only_its_own,
    secrets::one_pod_has_a_token,
];

/// Every finding in every set, and whether selectors stay as they are between sets.
pub(super) fn check(renders: &[Render], table: &Table) -> Vec<String> {
    let mut findings = Vec::new();
    for render in renders {
        for rule in RULES {
            let found = rule(render, table);
            findings.extend(found.into_iter().map(|says| format!("{}: {says}", render.set.name)));
        }
    }
    findings.extend(objects::selectors_never_change(renders));
    findings
}
