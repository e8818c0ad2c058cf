//! Whose last action may be gone.

use uuid::Uuid;

/// A person as one tenant knows them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Departure {
    pub(crate) tenant_id: Uuid,
    pub(crate) subject_id: Uuid,
}
