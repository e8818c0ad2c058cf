//! Events of `retention`: what everybody must forget, and when.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// A person's keys are destroyed; every service deletes its rows and answers with an `…Erased` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectErased {
    /// The erasure; answers and receipt carry it.
    pub erasure_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
}

impl Event for SubjectErased {
    const TYPE: &'static str = "retention.subject.erased.v1";
    const TOPIC: &'static str = "retention.erasures.v1";
    fn key(&self) -> Uuid {
        self.subject_id
    }
}

/// An action reached the end of its schedule (promise 000-28: twelve months, then anonymised).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionExpired {
    /// The action.
    pub action_id: Uuid,
    /// Its campaign.
    pub campaign_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
}

impl Event for ActionExpired {
    const TYPE: &'static str = "retention.action.expired.v1";
    const TOPIC: &'static str = "retention.expiries.v1";
    fn key(&self) -> Uuid {
        self.action_id
    }
}
