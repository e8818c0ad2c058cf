//! The invalid fields of a request, collected so that all are reported at once, and the cursors of pages.

use std::{borrow::Cow, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use kit::http::{
    page::{Page, PageInfo},
    problem::{FieldError, Problem},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::areas::kinds::is_word;

/// Longest cursor accepted, in bytes.
const MAX_CURSOR_BYTES: usize = 1_024;

/// The invalid fields.
#[derive(Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Adds an invalid field.
    pub fn add(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(FieldError::new(name, code, detail));
    }

    /// An error if there are any.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }

    /// A word of lower-case letters, digits and `_`.
    pub fn word(&mut self, name: &'static str, text: Option<&str>) -> Option<String> {
        let text = text?;
        if !is_word(text) {
            self.add(name, "malformed", "must consist of lower-case letters, digits and _");
        }
        Some(text.to_owned())
    }

    /// A date.
    pub fn date(&mut self, name: &'static str, text: &str) -> Option<NaiveDate> {
        let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.add(name, "malformed", "must be a date (YYYY-MM-DD)");
        }
        date
    }

    /// A cursor, as [`page`] wrote it.
    pub fn cursor<T: DeserializeOwned>(&mut self, name: &'static str, text: &str) -> Option<T> {
        let text = Some(text).filter(|text| text.len() <= MAX_CURSOR_BYTES);
        let bytes = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if place.is_none() {
            self.add(name, "malformed", "is not a valid cursor");
        }
        place
    }

    /// A number within a range.
    pub fn number<T: FromStr + PartialOrd + std::fmt::Display>(
        &mut self,
        name: &'static str,
        text: &str,
        range: std::ops::RangeInclusive<T>,
    ) -> Option<T> {
        // Comparing with a range rejects NaN too.
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let detail = format!("must be a number from {} to {}", range.start(), range.end());
            self.add(name, "out_of_range", detail);
        }
        number
    }
}

/// A page of up to `limit` rows; `rows` has one more if there is a next page.
pub(crate) fn page<K: Serialize, T>(mut rows: Vec<(K, T)>, limit: usize) -> Page<T> {
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more);
    let next = last.and_then(|(place, _)| serde_json::to_vec(place).ok());
    let next = next.map(|place| URL_SAFE_NO_PAD.encode(place));
    let data = rows.into_iter().map(|(_, row)| row).collect();
    Page { data, page: PageInfo { next, has_more } }
}
