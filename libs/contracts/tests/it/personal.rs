//! Personal data travels sealed: a field that is called like something of a person's is `Sealed`, or stands in the list
//! below with the reason why it is no person's secret.

use std::collections::BTreeSet;

use contracts::{SEGMENT_HOURS, TOPICS};

use crate::{events::EVENTS, source};

/// Words of personal things. Whole words of a field's name, so that `description` is no `ip`.
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

/// Plain all the same: event, field, reason.
const PUBLIC: &[(&str, &str, &str)] = &[
    ("TenantCreated", "name", "the public name of an organisation"),
    ("TenantRenamed", "name", "the public name of an organisation"),
    ("ActionSubmitted", "campaign_title", "the public title of a campaign"),
    ("ActionSubmitted", "organisation", "the public name of an organisation"),
    (
        "ActionSubmitted",
        "address_tag",
        "a keyed tag of one day, by which the keyring alone could tell an address",
    ),
    ("MessageComposed", "target_name", "a representative's name, public by office"),
    ("MessageComposed", "target_email", "the published contact of a representative's office"),
];

/// Longest time that a sealed field may stay in a topic.
const MAX_HOURS: i64 = 7 * 24;
/// For the broker to notice an old segment and delete it; it takes about six minutes.
const DELETION_HOURS: i64 = 1;

fn sounds_personal(field: &str) -> bool {
    let padded = format!("_{field}_");
    PERSONAL.iter().any(|word| padded.contains(&format!("_{word}_")))
}

#[test]
fn what_sounds_personal_is_sealed_or_public_for_a_reason() {
    let mut used = BTreeSet::new();
    for event in source::events() {
        assert!(!event.fields.is_empty(), "{}: no fields were read", event.name);
        for (field, of) in &event.fields {
            if !sounds_personal(field) || is_sealed(of) {
                continue;
            }
            let listed = PUBLIC.iter().find(|(e, f, _)| (*e, *f) == (&event.name, field));
            let (name, field, _) = listed.unwrap_or_else(|| {
                panic!("{}.{field}: {of} sounds personal and is not Sealed", event.name)
            });
            used.insert((*name, *field));
        }
    }
    let listed: BTreeSet<_> = PUBLIC.iter().map(|(event, field, _)| (*event, *field)).collect();
    assert_eq!(used, listed, "an exception that is no longer needed goes");
}

#[test]
fn an_event_with_sealed_fields_names_its_person_and_lives_for_days() {
    for event in source::events() {
        if !event.fields.iter().any(|(_, of)| is_sealed(of)) {
            continue;
        }
        let known = EVENTS.iter().find(|known| known.kind == event.kind).unwrap();
        assert!((known.has_subject)(), "{}: whose keys open it?", event.name);
        let topic = TOPICS.iter().find(|topic| topic.name == known.topic).unwrap();
        let at_most = topic.retention_hours + SEGMENT_HOURS + DELETION_HOURS;
        assert!(at_most <= MAX_HOURS, "{} keeps records too long", topic.name);
    }
}

#[test]
fn the_lint_sees_words_and_not_letters() {
    for field in ["name", "from_name", "reply_to", "email", "ip", "client_ip", "own_words"] {
        assert!(sounds_personal(field), "{field}");
    }
    for field in ["campaign_id", "description", "recipient_id", "kind", "rename", "taken_at"] {
        assert!(!sounds_personal(field), "{field}");
    }
}

fn is_sealed(of: &str) -> bool {
    of.starts_with("Sealed<") || of.starts_with("Option<Sealed<")
}
