//! Golden files: events are written as in every earlier release, and those of earlier releases can be read.

use std::{collections::BTreeSet, fs};

use contracts::TOPICS;
use serde_json::{Value, json};

use crate::{events::EVENTS, source};

fn golden(kind: &str) -> Value {
    let file = source::home().join(format!("golden/{kind}.json"));
    let text = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{kind} has no golden file {}: {error}", file.display()));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_event_is_written_like_its_golden_file() {
    for event in EVENTS {
        assert_eq!((event.sample)(), golden(event.kind), "{}", event.kind);
    }
}

#[test]
fn every_golden_file_can_be_read_without_loss() {
    for event in EVENTS {
        let expected = golden(event.kind);
        assert_eq!((event.reread)(expected.clone()).unwrap(), expected, "{}", event.kind);
    }
}

#[test]
fn an_unknown_field_of_a_later_version_is_ignored() {
    for event in EVENTS {
        let mut later = golden(event.kind);
        later["added_in_a_later_version"] = json!({"any": ["thing"]});
        assert_eq!((event.reread)(later).unwrap(), golden(event.kind), "{}", event.kind);
    }
}

#[test]
fn every_event_type_is_listed_and_has_a_golden_file() {
    let listed: BTreeSet<String> = EVENTS.iter().map(|event| event.kind.to_owned()).collect();
    let written: BTreeSet<String> = source::events().into_iter().map(|event| event.kind).collect();
    assert_eq!(listed, written, "left: the list in events.rs; right: each `impl Event` in src/");
    let files = fs::read_dir(source::home().join("golden")).unwrap();
    let files: BTreeSet<String> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.trim_end_matches(".json").to_owned())
        .collect();
    assert_eq!(files, listed, "left: golden files; right: event types");
}

#[test]
fn types_and_topics_are_named_by_service_noun_and_version() {
    for event in EVENTS {
        let parts: Vec<&str> = event.kind.split('.').collect();
        assert_eq!(parts.len(), 4, "{}: service.noun.past_tense.version", event.kind);
        assert!(parts[3].starts_with('v'), "{}", event.kind);
        let topic = TOPICS.iter().find(|topic| topic.name == event.topic);
        assert!(topic.is_some(), "{}: {} is not in TOPICS", event.kind, event.topic);
        assert!(event.topic.starts_with(&format!("{}.", parts[0])), "{}", event.topic);
    }
    for topic in TOPICS {
        assert!(
            EVENTS.iter().any(|event| event.topic == topic.name),
            "{} has no events",
            topic.name
        );
    }
}

#[test]
fn the_kafka_key_is_an_id_of_the_event() {
    for event in EVENTS {
        let (sample, key) = ((event.sample)(), (event.key)().to_string());
        let ids = sample.as_object().unwrap().iter().filter(|(field, _)| field.ends_with("_id"));
        assert!(ids.map(|(_, value)| value).any(|value| *value == json!(key)), "{}", event.kind);
    }
}
