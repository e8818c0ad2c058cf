//! Every event type with a fixed sample. A new event type needs a line here and a golden file.

use chrono::{DateTime, Utc};
use contracts::{
    Event, Sealed,
    campaigns::{
        ActionAnonymised, ActionConfirmed, ActionKind, ActionSubmitted, ActionsErased,
        CampaignClosed, CampaignPublished, MessageComposed,
    },
    identity::{TenantCreated, TenantRenamed, UserErased},
    messaging::{
        Decision, DeliveryRecorded, DeliverySettled, DeliveryState, EmailKind, MessagesErased,
    },
    retention::{ActionExpired, SubjectErased},
    webhooks::DeliveriesErased,
};
use serde_json::Value;
use uuid::Uuid;

/// An event type, as the tests need it.
pub(crate) struct EventType {
    pub(crate) kind: &'static str,
    pub(crate) topic: &'static str,
    /// The sample, as a producer writes it.
    pub(crate) sample: fn() -> Value,
    /// Parses a value as a consumer does, and writes it again.
    pub(crate) reread: fn(Value) -> Result<Value, serde_json::Error>,
    /// The Kafka key of the sample.
    pub(crate) key: fn() -> Uuid,
    /// Whether the sample names the person whose keys open its sealed fields.
    pub(crate) has_subject: fn() -> bool,
}

/// Every event type of the suite.
pub(crate) const EVENTS: &[EventType] = &[
    event_type::<TenantCreated>(),
    event_type::<TenantRenamed>(),
    event_type::<UserErased>(),
    event_type::<CampaignPublished>(),
    event_type::<CampaignClosed>(),
    event_type::<ActionSubmitted>(),
    event_type::<ActionConfirmed>(),
    event_type::<ActionAnonymised>(),
    event_type::<MessageComposed>(),
    event_type::<ActionsErased>(),
    event_type::<DeliveryRecorded>(),
    event_type::<DeliverySettled>(),
    event_type::<MessagesErased>(),
    event_type::<SubjectErased>(),
    event_type::<ActionExpired>(),
    event_type::<DeliveriesErased>(),
];

/// An event with a fixed sample.
trait Sample: Event {
    fn sample() -> Self;
}

const fn event_type<E: Sample>() -> EventType {
    EventType {
        kind: E::TYPE,
        topic: E::TOPIC,
        sample: || serde_json::to_value(E::sample()).unwrap(),
        reread: |value| serde_json::to_value(serde_json::from_value::<E>(value)?),
        key: || E::sample().key(),
        has_subject: || E::sample().subject().is_some(),
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + minute * 60, 0).unwrap()
}

fn sealed(text: &str) -> Sealed<String> {
    Sealed::from_bytes(text.as_bytes().to_vec())
}

const TENANT: u128 = 1;
const CAMPAIGN: u128 = 2;
const ACTION: u128 = 3;
const SUBJECT: u128 = 4;
const MESSAGE: u128 = 5;
const TARGET: u128 = 6;
const ERASURE: u128 = 7;
const USER: u128 = 8;

impl Sample for TenantCreated {
    fn sample() -> Self {
        let (slug, name) = ("meadow".to_owned(), "Friends of the Meadow".to_owned());
        Self { tenant_id: id(TENANT), slug, name }
    }
}

impl Sample for TenantRenamed {
    fn sample() -> Self {
        let (slug, name) = ("meadow".to_owned(), "Friends of the Great Meadow".to_owned());
        Self { tenant_id: id(TENANT), slug, name }
    }
}

impl Sample for UserErased {
    fn sample() -> Self {
        Self { erasure_id: id(ERASURE), subject_id: id(SUBJECT), rows: 3, remaining: 0 }
    }
}

impl Sample for CampaignPublished {
    fn sample() -> Self {
        Self { campaign_id: id(CAMPAIGN), kind: ActionKind::MessageToRepresentative }
    }
}

impl Sample for CampaignClosed {
    fn sample() -> Self {
        Self { campaign_id: id(CAMPAIGN) }
    }
}

impl Sample for ActionSubmitted {
    fn sample() -> Self {
        Self {
            action_id: id(ACTION),
            campaign_id: id(CAMPAIGN),
            subject_id: id(SUBJECT),
            language: "en-GB".to_owned(),
            campaign_title: "Keep the meadow open".to_owned(),
            organisation: "Friends of the Meadow".to_owned(),
            email: sealed("sealed address"),
            name: sealed("sealed name"),
            link: sealed("sealed link"),
            address_tag: "tag-of-one-day".to_owned(),
            taken_at: at(0),
            expires_at: at(10_080),
        }
    }
}

impl Sample for ActionConfirmed {
    fn sample() -> Self {
        Self {
            action_id: id(ACTION),
            campaign_id: id(CAMPAIGN),
            subject_id: id(SUBJECT),
            kind: ActionKind::MessageToRepresentative,
            constituency: Some("E14001419".to_owned()),
            taken_at: at(0),
            confirmed_at: at(5),
        }
    }
}

impl Sample for ActionAnonymised {
    fn sample() -> Self {
        Self { action_id: id(ACTION), campaign_id: id(CAMPAIGN) }
    }
}

impl Sample for MessageComposed {
    fn sample() -> Self {
        Self {
            message_id: id(MESSAGE),
            action_id: id(ACTION),
            campaign_id: id(CAMPAIGN),
            subject_id: id(SUBJECT),
            target_id: id(TARGET),
            target_name: "Ashwin Marlow".to_owned(),
            target_email: "office@oxford-east.example.invalid".to_owned(),
            language: Some("en-GB".to_owned()),
            from_name: sealed("sealed name"),
            reply_to: sealed("sealed address"),
            subject_line: sealed("sealed subject"),
            body: sealed("sealed text"),
        }
    }
}

impl Sample for ActionsErased {
    fn sample() -> Self {
        Self { erasure_id: id(ERASURE), subject_id: id(SUBJECT), rows: 3, remaining: 0 }
    }
}

impl Sample for DeliveryRecorded {
    fn sample() -> Self {
        Self {
            message_id: id(MESSAGE),
            action_id: id(ACTION),
            campaign_id: id(CAMPAIGN),
            subject_id: Some(id(SUBJECT)),
            kind: EmailKind::Representative,
            state: DeliveryState::Sent,
            code: Some("250".to_owned()),
            at: at(6),
        }
    }
}

impl Sample for DeliverySettled {
    fn sample() -> Self {
        Self {
            message_id: id(MESSAGE),
            decision: Decision::SendAgain,
            actor_kind: "user".to_owned(),
            actor_id: id(USER),
            at: at(9),
        }
    }
}

impl Sample for MessagesErased {
    fn sample() -> Self {
        Self { erasure_id: id(ERASURE), subject_id: id(SUBJECT), rows: 3, remaining: 0 }
    }
}

impl Sample for SubjectErased {
    fn sample() -> Self {
        Self { erasure_id: id(ERASURE), subject_id: id(SUBJECT) }
    }
}

impl Sample for ActionExpired {
    fn sample() -> Self {
        let (action_id, campaign_id) = (id(ACTION), id(CAMPAIGN));
        Self { action_id, campaign_id, subject_id: id(SUBJECT) }
    }
}

impl Sample for DeliveriesErased {
    fn sample() -> Self {
        Self { erasure_id: id(ERASURE), subject_id: id(SUBJECT), rows: 3, remaining: 0 }
    }
}
