//! Events of `webhooks`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// `webhooks` deleted its data about an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveriesErased {
    /// The erasure of [`SubjectErased`](crate::retention::SubjectErased).
    pub erasure_id: Uuid,
    pub subject_id: Uuid,
    /// The number of rows that were deleted.
    pub rows: i64,
    /// The number of rows about the person that are left, counted by other code than that which deletes; normally 0.
    pub remaining: i64,
}

impl Event for DeliveriesErased {
    const TYPE: &'static str = "webhooks.deliveries.erased.v1";
    const TOPIC: &'static str = "webhooks.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}
