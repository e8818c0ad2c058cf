//! Each rule finds the trap that it is for.

use crate::chart::helm::Render;
use crate::chart::object::Object;
use crate::chart::table::{Facts, Table};

use super::*;

fn table() -> Table {
    let facts = |port| Facts { port, events: true, ..Facts::default() };
    let mut keyring = facts(8106);
    keyring.secrets.insert("FOLKMOOT_KEYRING_KEKS".to_owned());
    let mut campaigns = facts(8102);
    campaigns.calls.insert("keyring".to_owned());
    let services = [("gateway", facts(8080)), ("campaigns", campaigns), ("keyring", keyring)];
    Table {
        facts: services.map(|(name, facts)| (name.to_owned(), facts)).into(),
        partitions: [("campaigns.actions.v1".to_owned(), 4)].into(),
        public: Vec::new(),
    }
}

fn found(rule: Rule, yaml: &str) -> String {
    let objects = Object::parse(yaml).unwrap();
    rule(&Render::of(objects.clone(), objects), &table()).join("\n")
}

const DEPLOYMENT: &str = "{kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {labels: \
     {app.kubernetes.io/component: campaigns}}, spec: {containers: [{name: a, env: [ENV]}]}}}}";

fn deployment(env: &str) -> String {
    DEPLOYMENT.replace("ENV", env)
}

#[test]
fn a_variable_that_occurs_twice_is_found() {
    let twice = deployment("{name: A, value: x}, {name: A, value: y}");
    assert!(found(pods::list_keys_are_unique, &twice).contains("/env has A twice"));
    assert_eq!(found(pods::list_keys_are_unique, &deployment("{name: A}, {name: B}")), "");
}

#[test]
fn a_pod_that_may_too_much_is_found() {
    let found = found(pods::are_restricted, &deployment(""));
    for field in
        ["runAsNonRoot", "seccompProfile", "enableServiceLinks", "readOnlyRootFilesystem", "drop"]
    {
        assert!(found.contains(field), "{field}: {found}");
    }
}

#[test]
fn a_pod_that_is_killed_while_it_drains_is_found() {
    let found = found(
        pods::start_and_stop_in_time,
        &deployment("{name: FOLKMOOT_DRAIN_SECONDS, value: '10'}"),
    );
    assert!(found.contains("killed after 0 s"), "{found}");
    assert!(found.contains("livenessProbe does not ask /livez"), "{found}");
}

#[test]
fn a_misspelt_setting_is_found() {
    let found = found(settings::are_documented, &deployment("{name: FOLKMOOT_LGO, value: x}"));
    assert!(found.contains("does not know FOLKMOOT_LGO"), "{found}");
}

#[test]
fn replicas_beside_a_scaler_and_a_deployment_without_either_are_found() {
    let scaler = "\n---\n{kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: \
         {scaleTargetRef: {name: a}, minReplicas: 2, maxReplicas: 2}}";
    let fixed = deployment("").replace("spec: {template", "spec: {replicas: 2, template");
    let rule = scaling::owns_the_number_of_pods;
    assert!(found(rule, &format!("{fixed}{scaler}")).contains("replicas is 2, with 1 scaler"));
    assert!(found(rule, &deployment("")).contains("replicas is null, with 0 scaler"));
    assert_eq!(found(rule, &format!("{}{scaler}", deployment(""))), "");
    assert_eq!(found(rule, &fixed), "");
    let budgets = found(scaling::budgets_follow_the_number, &format!("{}{scaler}", deployment("")));
    assert!(budgets.contains("two pods without one"), "{budgets}");
}

#[test]
fn what_keda_refuses_and_idle_workers_are_found() {
    let scaled = "{kind: ScaledObject, metadata: {name: a}, spec: {maxReplicaCount: 9, triggers: \
         [{metadata: {topic: folkmoot.campaigns.actions.v1, lagThreshold: 50}}]}}";
    let found = found(scaling::keda_gets_texts, scaled);
    assert!(found.contains("lagThreshold is not a text"), "{found}");
    assert!(found.contains("more pods than 4 partition(s)"), "{found}");
}

#[test]
fn a_pod_without_a_policy_and_a_missing_edge_are_found() {
    assert!(
        found(network::every_pod_has_a_policy, &deployment(""))
            .contains("0 policies and 0 default")
    );
    let found = found(network::edges_are_the_calls, &deployment(""));
    assert!(found.contains("out: campaigns → keyring"), "{found}");
    assert!(found.contains("out: keyring → gateway"), "{found}");
}

#[test]
fn a_secret_of_another_service_and_a_rendered_one_are_found() {
    let found_keks = found(secrets::only_its_own, &deployment("{name: FOLKMOOT_KEYRING_KEKS}"));
    assert!(found_keks.contains("sees FOLKMOOT_KEYRING_KEKS"), "{found_keks}");
    let url = found(secrets::only_its_own, &deployment("{name: FOLKMOOT_GATEWAY_DATABASE_URL}"));
    assert!(url.contains("sees FOLKMOOT_GATEWAY_DATABASE_URL"), "{url}");
    let rendered = found(secrets::none_is_rendered, "{kind: Secret, metadata: {name: a}}");
    assert!(rendered.contains("Secret a is rendered"), "{rendered}");
}

#[test]
fn a_secret_that_a_pod_has_as_a_text_is_found() {
    let rule = settings::secrets_are_no_texts;
    let password = "FOLKMOOT_MESSAGING_RELAY_PASSWORD";
    let found_texts = found(rule, &deployment(&format!("{{name: {password}, value: x}}")));
    assert!(found_texts.contains(&format!("{password} is a text")), "{found_texts}");
    let named = format!("{{name: {password}, valueFrom: {{secretKeyRef: {{name: relay}}}}}}");
    assert_eq!(found(rule, &deployment(&named)), "");
    let url =
        "{name: FOLKMOOT_CAMPAIGNS_DATABASE_URL, value: 'postgres://$(USER):$(PASSWORD)@db/a'}";
    assert_eq!(found(rule, &deployment(url)), "");
    assert_eq!(found(rule, &deployment("{name: FOLKMOOT_LOG, value: info}")), "");
}

#[test]
fn a_token_of_the_api_outside_the_bootstrap_is_found() {
    let token =
        "volumes: [{projected: {sources: [{serviceAccountToken: {path: token}}]}}], containers";
    let with_token = deployment("").replace("containers", token);
    let rule = secrets::one_pod_has_a_token;
    assert!(found(rule, &with_token).contains("gets a token of the API"));
    assert_eq!(found(rule, &with_token.replace("campaigns", "bootstrap")), "");
    assert_eq!(found(rule, &deployment("")), "");
}

#[test]
fn a_service_without_pods_and_a_name_twice_are_found() {
    let service = "{kind: Service, metadata: {name: s}, spec: {selector: {a: b}}}";
    assert!(found(objects::services_find_their_pods, service).contains("selects 0 Deployments"));
    assert!(
        found(objects::names_are_unique, &format!("{service}\n---\n{service}")).contains("twice")
    );
}

#[test]
fn a_job_that_changes_under_its_name_and_a_changed_selector_are_found() {
    let parse = |yaml: &str| Object::parse(yaml).unwrap();
    let job = "{kind: Job, metadata: {name: j}, spec: {template: {image: IMAGE}}}";
    let render = Render::of(parse(&job.replace("IMAGE", "a")), parse(&job.replace("IMAGE", "b")));
    let found = objects::jobs_are_named_by_what_they_run(&render, &table());
    assert!(found.concat().contains("another image has the same name"));
    let select = "{kind: Deployment, metadata: {name: d}, spec: {selector: {role: ROLE}}}";
    let renders =
        ["api", "both"].map(|role| Render::of(parse(&select.replace("ROLE", role)), Vec::new()));
    assert!(objects::selectors_never_change(&renders).concat().contains("different selectors"));
}
