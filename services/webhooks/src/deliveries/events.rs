//! What deliveries say.

use contracts::webhooks::DeliveriesErased;
use uuid::Uuid;

/// The answer to an erasure.
pub fn deliveries_erased(
    erasure_id: Uuid,
    subject_id: Uuid,
    rows: i64,
    remaining: i64,
) -> DeliveriesErased {
    DeliveriesErased { erasure_id, subject_id, rows, remaining }
}
