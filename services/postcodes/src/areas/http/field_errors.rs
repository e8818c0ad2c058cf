//! FieldErrors of a request, gathered so that all are told at once, and the cursors of pages.

use std::{borrow::Cow, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use kit::{
    page::{Page, PageInfo},
    problem::{FieldError, Problem},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::areas::kinds::is_word;

/// Longest cursor looked at, in bytes.
const MAX_CURSOR_BYTES: usize = 1_024;

/// What is wrong with the parameters.
#[derive(Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Adds one.
    pub fn add(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(FieldError::new(name, code, detail));
    }

    /// A refusal, if there are any.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }

    /// A word of lower-case letters, digits and `_`.
    pub fn word(&mut self, name: &'static str, text: Option<&str>) -> Option<String> {
        let text = text?;
        if !is_word(text) {
            self.add(name, "malformed", "lower-case letters, digits and _");
        }
        Some(text.to_owned())
    }

    /// A day.
    pub fn date(&mut self, name: &'static str, text: &str) -> Option<NaiveDate> {
        let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.add(name, "malformed", "a day as YYYY-MM-DD");
        }
        date
    }

    /// A cursor of ours.
    pub fn cursor<T: DeserializeOwned>(&mut self, name: &'static str, text: &str) -> Option<T> {
        let text = Some(text).filter(|text| text.len() <= MAX_CURSOR_BYTES);
        let bytes = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if place.is_none() {
            self.add(name, "malformed", "not a cursor of ours");
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
        // Comparing with a range refuses NaN too.
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let detail = format!("a number from {} to {}", range.start(), range.end());
            self.add(name, "out_of_range", detail);
        }
        number
    }
}

/// A page: up to `limit` of the rows, which are one more where there is more.
pub fn page<K: Serialize, T>(mut rows: Vec<(K, T)>, limit: usize) -> Page<T> {
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more);
    let next = last.and_then(|(place, _)| serde_json::to_vec(place).ok());
    let next = next.map(|place| URL_SAFE_NO_PAD.encode(place));
    let data = rows.into_iter().map(|(_, row)| row).collect();
    Page { data, page: PageInfo { next, has_more } }
}
