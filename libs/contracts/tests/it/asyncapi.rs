//! `docs/asyncapi.yaml` agrees with the code: topics, event types, fields, keys, retention periods, producers and
//! consumers.

use std::{collections::BTreeSet, fs, process::Command};

use contracts::TOPICS;
use serde_json::{Value, json};

use crate::{events::EVENTS, source};

const HOUR_MS: i64 = 3_600_000;

fn document() -> Value {
    let file = source::home().join("../../docs/asyncapi.yaml");
    serde_yaml_ng::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// The last part of a `$ref`.
fn target(reference: &Value) -> &str {
    reference["$ref"].as_str().unwrap().rsplit('/').next().unwrap()
}

#[test]
fn the_channels_are_the_topics() {
    let document = document();
    let topics: BTreeSet<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    assert_eq!(keys(&document["channels"]), topics);
    for topic in TOPICS {
        let channel = &document["channels"][topic.name];
        assert_eq!(channel["address"], json!(format!("{{prefix}}.{}", topic.name)));
        let kafka = &channel["bindings"]["kafka"];
        assert_eq!(kafka["partitions"], json!(topic.partitions), "{}", topic.name);
        let retention = &kafka["topicConfiguration"]["retention.ms"];
        assert_eq!(*retention, json!(topic.retention_hours * HOUR_MS), "{}", topic.name);
    }
}

#[test]
fn the_messages_are_the_events_each_on_its_topic() {
    let document = document();
    let listed: BTreeSet<&str> = EVENTS.iter().map(|event| event.kind).collect();
    assert_eq!(keys(&document["components"]["messages"]), listed);
    for topic in TOPICS {
        let events = EVENTS.iter().filter(|event| event.topic == topic.name);
        let kinds: BTreeSet<&str> = events.map(|event| event.kind).collect();
        assert_eq!(keys(&document["channels"][topic.name]["messages"]), kinds);
    }
    for event in EVENTS {
        let message = &document["components"]["messages"][event.kind];
        assert_eq!(message["name"], json!(format!("org.folkmoot.{}", event.kind)));
        assert_eq!(target(&message["traits"][0]), "cloudEvent");
    }
}

#[test]
fn the_schemas_have_the_fields_of_the_events() {
    let document = document();
    for event in EVENTS {
        let payload = &document["components"]["messages"][event.kind]["payload"];
        let sample = (event.sample)();
        assert_eq!(keys(&payload["properties"]), keys(&sample), "{}", event.kind);
        let required = payload["required"].as_array().unwrap();
        let required: BTreeSet<&str> = required.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(required, keys(&sample), "{}: a producer writes every field", event.kind);
        for (field, value) in sample.as_object().unwrap() {
            let schema = &payload["properties"][field];
            assert!(fits(value, schema), "{}.{field}: {value} and {schema}", event.kind);
        }
    }
}

#[test]
fn the_schemas_mark_sealed_and_optional_fields() {
    let document = document();
    for event in source::events() {
        let properties = &document["components"]["messages"][&event.kind]["payload"]["properties"];
        for (field, kind) in &event.fields {
            let reference = properties[field]["$ref"].as_str();
            let is_sealed = reference.is_some_and(|reference| reference.ends_with("/Sealed"));
            assert_eq!(is_sealed, kind.contains("Sealed<"), "{}.{field}", event.kind);
            let may_be_null = properties[field]["type"].is_array();
            assert_eq!(may_be_null, kind.starts_with("Option<"), "{}.{field}", event.kind);
        }
    }
}

#[test]
fn the_keys_are_the_keys_of_the_events() {
    let document = document();
    for event in EVENTS {
        let key = &document["components"]["messages"][event.kind]["bindings"]["kafka"]["key"];
        let field = key["description"].as_str().unwrap().split('`').nth(1).unwrap();
        let sample = (event.sample)();
        assert_eq!(sample[field], json!((event.key)().to_string()), "{}: {field}", event.kind);
    }
}

#[test]
fn the_operations_are_the_events_that_services_produce_and_consume() {
    let document = document();
    let operations = document["operations"].as_object().unwrap();
    let events = |service: &str, action: &str| -> BTreeSet<String> {
        let matching = operations.iter().filter(|(name, operation)| {
            name.split('.').next() == Some(service) && operation["action"] == json!(action)
        });
        let messages =
            matching.flat_map(|(_, operation)| operation["messages"].as_array().unwrap());
        messages.map(|message| target(message).to_owned()).collect()
    };
    let services = fs::read_dir(source::home().join("../../services")).unwrap();
    for service in services.map(|entry| entry.unwrap().path()) {
        // The suite is not a service, and a service without events does not have operations.
        let Ok(readme) = fs::read_to_string(service.join("README.md")) else { continue };
        let name = service.file_name().unwrap().to_str().unwrap();
        assert_eq!(events(name, "receive"), section(&readme, "Events in"), "{name} consumes");
        assert_eq!(events(name, "send"), section(&readme, "Events out"), "{name} produces");
    }
    for topic in TOPICS {
        let is_consumed = operations.values().any(|operation| {
            operation["action"] == json!("receive") && target(&operation["channel"]) == topic.name
        });
        assert!(is_consumed, "no service consumes {}", topic.name);
    }
}

/// The event types in a section of a README, which `cargo xtask tidy` compares with the code.
fn section(readme: &str, title: &str) -> BTreeSet<String> {
    let (_, after) = readme.split_once(&format!("## {title}\n")).unwrap_or_default();
    let text = after.split("\n## ").next().unwrap_or_default();
    let named = EVENTS.iter().filter(|event| text.contains(event.kind));
    named.map(|event| event.kind.to_owned()).collect()
}

fn fits(value: &Value, schema: &Value) -> bool {
    if schema["$ref"].is_string() {
        return value.is_string();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.contains(value);
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    let name = match value {
        Value::String(_) => "string",
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Array(_) | Value::Object(_) => "object",
    };
    types.contains(&json!(name))
}

/// The folder of JavaScript packages; prints that the test is skipped if there is none.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the task runner")]
fn node_modules() -> Option<String> {
    let folder = std::env::var("FOLKMOOT_TEST_NODE").ok();
    if folder.is_none() {
        eprintln!("skipped: the AsyncAPI parser (FOLKMOOT_TEST_NODE is not set)");
    }
    folder
}

#[test]
fn the_asyncapi_parser_accepts_the_document() {
    let Some(modules) = node_modules() else { return };
    let output = Command::new("node")
        .args(["-e", include_str!("validate_asyncapi.js")])
        .arg(source::home().join("../../docs/asyncapi.yaml"))
        .env("NODE_PATH", modules)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
