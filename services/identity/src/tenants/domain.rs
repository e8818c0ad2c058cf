//! What an organisation is.

use chrono::{DateTime, Utc};
use contracts::values::InvalidValue;
use uuid::Uuid;

const MAX_SLUG: usize = 40;
const SLUG: InvalidValue =
    InvalidValue::new("malformed", "must be 2 to 40 of a-z, 0-9 and -, which is not at the ends");

kit::text_enum! {
    pub(crate) enum Status {
        Active = "active",
        /// Nobody signs in to it, and its keys are refused.
        Suspended = "suspended",
    }
}

/// An organisation, the controller of its people's data.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) name: String,
    /// Text of a [`Status`], or of one that only a newer version knows.
    pub(crate) status: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// A short name, as it stands in URLs.
pub(crate) fn slug(text: &str) -> Result<String, InvalidValue> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (2..=MAX_SLUG).contains(&text.len()) && text.chars().all(is_inner);
    if fits && !text.starts_with('-') && !text.ends_with('-') {
        Ok(text.to_owned())
    } else {
        Err(SLUG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_fit_a_url() {
        assert!(slug("clean-rivers").is_ok());
        for bad in ["x", "-x", "x-", "Clean", "a b", "ä-ö"] {
            assert!(slug(bad).is_err(), "{bad}");
        }
    }
}
