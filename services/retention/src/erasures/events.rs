//! What erasures say.

use contracts::retention::SubjectErased;
use uuid::Uuid;

/// The keys are destroyed; everybody deletes and answers.
pub fn subject_erased(erasure_id: Uuid, subject_id: Uuid) -> SubjectErased {
    SubjectErased { erasure_id, subject_id }
}
