//! Events of `webhooks`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// Webhooks removed what it held of an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveriesErased {
    /// The erasure this answers.
    pub erasure_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
    /// Rows deleted.
    pub rows: i64,
    /// Rows about the person still there, counted by other code than deleted them.
    pub remaining: i64,
}

impl Event for DeliveriesErased {
    const TYPE: &'static str = "webhooks.deliveries.erased.v1";
    const TOPIC: &'static str = "webhooks.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}
