//! Kafka's topics and users for Strimzi, made from the chart's table: what `folkmoot topics` would make, and for each service
//! a user who may do what the service does and nothing else.

use std::fmt::Write as _;

use super::table::{Facts, Table};

const HEAD: &str = "# Made by `cargo xtask chart --write` from helm/folkmoot/files.\n";
const PREFIX: &str = "folkmoot";
/// `contracts::TOPICS`, `contracts::SEGMENT_HOURS` and `kit::events::topics`; `code.rs` compares the first two.
const CONFIG: [&str; 6] = [
    "cleanup.policy: delete",
    "retention.ms: 514800000",
    "segment.ms: 86400000",
    "file.delete.delay.ms: 60000",
    "message.timestamp.type: LogAppendTime",
    "min.insync.replicas: 2",
];

/// Every topic and dead-letter topic.
pub(super) fn topics(table: &Table) -> String {
    let mut text = HEAD.to_owned();
    for (topic, partitions) in &table.partitions {
        push_topic(&mut text, topic, *partitions);
        for (service, facts) in &table.facts {
            if facts.consumes.contains(topic) {
                push_topic(&mut text, &dead(topic, service), 1);
            }
        }
    }
    text
}

fn dead(topic: &str, service: &str) -> String {
    format!("{topic}.{service}.dead")
}

fn push_topic(text: &mut String, name: &str, partitions: i64) {
    let head = object("KafkaTopic", &format!("{PREFIX}.{name}"));
    let _ = write!(text, "{head}spec:\n  partitions: {partitions}\n  replicas: 3\n  config:\n");
    text.extend(CONFIG.iter().flat_map(|line| ["    ", line, "\n"]));
}

fn object(kind: &str, name: &str) -> String {
    format!(
        "---\napiVersion: kafka.strimzi.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: folkmoot\n  \
         labels: {{strimzi.io/cluster: folkmoot}}\n"
    )
}

/// A user for each service with events, and one for operators, who create topics and replay dead letters.
pub(super) fn users(table: &Table) -> String {
    let mut text = HEAD.to_owned();
    for (service, facts) in table.facts.iter().filter(|(_, facts)| facts.events) {
        push_user(&mut text, service, &service_acls(table, service, facts));
    }
    let all = |kind| acl(kind, PREFIX, "prefix", "All");
    push_user(&mut text, "operator", &[all("topic"), all("group")]);
    text
}

fn push_user(text: &mut String, name: &str, acls: &[String]) {
    let head = object("KafkaUser", &format!("kafka-{name}"));
    let spec = "spec:\n  authentication: {type: scram-sha-512}\n  authorization:\n    type: simple\n    acls:\n";
    text.extend([&head, spec].into_iter().chain(acls.iter().map(String::as_str)));
}

/// Own topics are written, consumed ones read in the service's group, and records that cannot be handled go to dead letters.
fn service_acls(table: &Table, service: &str, facts: &Facts) -> Vec<String> {
    let topic = |name: &str, may| acl("topic", &format!("{PREFIX}.{name}"), "literal", may);
    let own = table.partitions.keys().filter(|name| name.starts_with(&format!("{service}.")));
    let written = own.map(|name| topic(name, "Describe, Write"));
    let read = facts.consumes.iter().map(|name| topic(name, "Describe, Read"));
    let dead = facts.consumes.iter().map(|name| topic(&dead(name, service), "Describe, Write"));
    let group = acl("group", &format!("{PREFIX}.{service}"), "literal", "Describe, Read");
    written.chain(read).chain(dead).chain([group]).collect()
}

fn acl(kind: &str, name: &str, pattern: &str, may: &str) -> String {
    format!(
        "      - resource: {{type: {kind}, name: {name}, patternType: {pattern}}}\n        operations: [{may}]\n"
    )
}
