//! What a named area is.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::definition::Definition;

/// A named area.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Area {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) name: String,
    pub(super) definition: Definition,
    /// Counts changes, so that a decision can name the rules that it was made by.
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// What is given anew; the rest stays.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub(super) name: Option<String>,
    pub(super) definition: Option<Definition>,
}

impl Area {
    /// The area with a change.
    pub(super) fn amend(mut self, change: Change, now: DateTime<Utc>) -> Self {
        self.name = change.name.unwrap_or(self.name);
        self.definition = change.definition.unwrap_or(self.definition);
        self.version += 1;
        self.updated_at = now;
        self
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration};
    use serde_json::json;
    use uuid::Uuid;

    use super::{Area, Change, Definition};

    #[test]
    fn a_change_makes_a_new_version_and_leaves_the_rest_alone() {
        let created_at = DateTime::UNIX_EPOCH;
        let area = Area {
            id: Uuid::nil(),
            tenant_id: Uuid::nil(),
            name: "Branch".to_owned(),
            definition: Definition(json!({"include": []})),
            version: 3,
            created_at,
            updated_at: created_at,
        };
        let change = Change { name: Some("Club".to_owned()), definition: None };
        let now = created_at + Duration::days(1);
        let amended = area.clone().amend(change, now);
        let expected = Area { name: "Club".to_owned(), version: 4, updated_at: now, ..area };
        assert_eq!(amended, expected);
    }
}
