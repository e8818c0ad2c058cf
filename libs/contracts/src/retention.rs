//! Events of `retention`: what other services must delete or anonymise.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// A person's keys were destroyed. Every service deletes its data about them and replies with an `…Erased` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectErased {
    /// The erasure, which the replies and the receipt name.
    pub erasure_id: Uuid,
    pub subject_id: Uuid,
}

impl Event for SubjectErased {
    const TYPE: &'static str = "retention.subject.erased.v1";
    const TOPIC: &'static str = "retention.erasures.v1";
    fn key(&self) -> Uuid {
        self.subject_id
    }
}

/// The retention period of an action ended, so it must be anonymised (promise 000-28: after twelve months).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionExpired {
    pub action_id: Uuid,
    pub campaign_id: Uuid,
    pub subject_id: Uuid,
}

impl Event for ActionExpired {
    const TYPE: &'static str = "retention.action.expired.v1";
    const TOPIC: &'static str = "retention.expiries.v1";
    fn key(&self) -> Uuid {
        self.action_id
    }
}
