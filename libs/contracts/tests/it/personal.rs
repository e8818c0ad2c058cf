//! Personal data is sealed: a field whose name sounds personal is `Sealed`, or is in the list below with the reason why
//! it is public.

use std::collections::BTreeSet;

use contracts::{SEGMENT_HOURS, TOPICS};

use crate::{events::EVENTS, source};

/// Words in names of personal fields. They are compared with whole words, so that `description` does not contain `ip`.
const PERSONAL: &[&str] = &[
    "email",
    "mail",
    "name",
    "address",
    "postcode",
    "phone",
    "words",
    "body",
    "subject_line",
    "reply_to",
    "ip",
    "link",
    "title",
    "organisation",
    "token",
    "birth",
    "text",
];

/// Fields that are public although they sound personal: event, field, reason.
const PUBLIC: &[(&str, &str, &str)] = &[
    ("TenantCreated", "name", "the public name of an organisation"),
    ("TenantRenamed", "name", "the public name of an organisation"),
    ("ActionSubmitted", "campaign_title", "the public title of a campaign"),
    ("ActionSubmitted", "organisation", "the public name of an organisation"),
    ("ActionSubmitted", "address_tag", "the id of the person, for the release before"),
    ("MessageComposed", "target_name", "a representative's name, public by office"),
    ("MessageComposed", "target_email", "the published contact of a representative's office"),
];

/// Longest time for which a topic may keep a sealed field.
const MAX_HOURS: i64 = 7 * 24;
/// Time in which the broker notices an old segment and deletes it; it takes about six minutes.
const DELETION_HOURS: i64 = 1;

fn sounds_personal(field: &str) -> bool {
    let padded = format!("_{field}_");
    PERSONAL.iter().any(|word| padded.contains(&format!("_{word}_")))
}

#[test]
fn a_field_that_sounds_personal_is_sealed_or_public_for_a_reason() {
    let mut used = BTreeSet::new();
    for event in source::events() {
        assert!(!event.fields.is_empty(), "{}: no fields were read", event.name);
        for (field, kind) in &event.fields {
            if !sounds_personal(field) || is_sealed(kind) {
                continue;
            }
            let listed = PUBLIC.iter().find(|(e, f, _)| (*e, *f) == (&event.name, field));
            let (name, field, _) = listed.unwrap_or_else(|| {
                panic!("{}.{field}: {kind} sounds personal and is not Sealed", event.name)
            });
            used.insert((*name, *field));
        }
    }
    let listed: BTreeSet<_> = PUBLIC.iter().map(|(event, field, _)| (*event, *field)).collect();
    assert_eq!(used, listed, "remove exceptions that are no longer needed");
}

#[test]
fn an_event_with_sealed_fields_has_a_subject_and_is_kept_for_days() {
    for event in source::events() {
        if !event.fields.iter().any(|(_, kind)| is_sealed(kind)) {
            continue;
        }
        let listed = EVENTS.iter().find(|listed| listed.kind == event.kind).unwrap();
        assert!((listed.has_subject)(), "{}: whose keys open it?", event.name);
        let topic = TOPICS.iter().find(|topic| topic.name == listed.topic).unwrap();
        let at_most = topic.retention_hours + SEGMENT_HOURS + DELETION_HOURS;
        assert!(at_most <= MAX_HOURS, "{} keeps records too long", topic.name);
    }
}

#[test]
fn names_of_fields_are_compared_by_whole_words() {
    for field in ["name", "from_name", "reply_to", "email", "ip", "client_ip", "own_words"] {
        assert!(sounds_personal(field), "{field}");
    }
    for field in ["campaign_id", "description", "recipient_id", "kind", "rename", "taken_at"] {
        assert!(!sounds_personal(field), "{field}");
    }
}

fn is_sealed(kind: &str) -> bool {
    kind.starts_with("Sealed<") || kind.starts_with("Option<Sealed<")
}
