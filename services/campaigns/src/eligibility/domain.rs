//! A named area. The form of its definition `D` is none of this service's business.

use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Area<D> {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) name: String,
    pub(super) definition: D,
    /// Counts changes, so that a decision can name the rules that it was made by.
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// The fields that a change replaces; the others stay.
#[derive(Debug, Clone)]
pub(super) struct Change<D> {
    pub(super) name: Option<String>,
    pub(super) definition: Option<D>,
}

impl<D> Area<D> {
    pub(super) fn new(
        id: Uuid,
        tenant_id: Uuid,
        name: String,
        definition: D,
        now: DateTime<Utc>,
    ) -> Self {
        Self { id, tenant_id, name, definition, version: 1, created_at: now, updated_at: now }
    }

    pub(super) fn amend(mut self, change: Change<D>, now: DateTime<Utc>) -> Self {
        self.name = change.name.unwrap_or(self.name);
        self.definition = change.definition.unwrap_or(self.definition);
        self.version += 1;
        self.updated_at = now;
        self
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn a_change_makes_a_new_version_and_leaves_the_rest_alone() {
        let created_at = DateTime::UNIX_EPOCH;
        let area = Area::new(Uuid::nil(), Uuid::nil(), "Branch".to_owned(), "OX4", created_at);
        let change = Change { name: Some("Club".to_owned()), definition: None };
        let now = created_at + Duration::days(1);
        let amended = area.clone().amend(change, now);
        let expected = Area { name: "Club".to_owned(), version: 2, updated_at: now, ..area };
        assert_eq!(amended, expected);
    }
}
