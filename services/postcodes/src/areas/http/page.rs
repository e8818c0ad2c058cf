//! Pages of lists that are not ordered by ids, unlike those of the kit: a cursor holds the key of the last row.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::values::{InvalidValue, postcode::Postcode};
use kit::http::page::{Page, PageInfo};
use serde::{Serialize, de::DeserializeOwned};

use super::views::PostcodeView;
use crate::dataset::image::Entry;

/// Rows on a page by default.
pub(super) const DEFAULT_LIMIT: usize = 50;
pub(super) const MAX_LIMIT: usize = 1_000;
/// Longest cursor accepted, in bytes.
const MAX_CURSOR_BYTES: usize = 1_024;
const MALFORMED: InvalidValue = InvalidValue::new("malformed", "is not a valid cursor");

/// The key in a cursor, as [`page`] wrote it.
pub(super) fn parse_cursor<K: DeserializeOwned>(text: &str) -> Result<K, InvalidValue> {
    let text = Some(text).filter(|text| text.len() <= MAX_CURSOR_BYTES);
    let bytes = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(MALFORMED)
}

/// The last postcode of the previous page.
pub(super) fn parse_postcode_cursor(text: &str) -> Result<Postcode, InvalidValue> {
    let postcode: String = parse_cursor(text)?;
    Postcode::parse(&postcode).map_err(|_malformed| MALFORMED)
}

/// A page of up to `limit` rows with their keys; `rows` has one more if there is a next page.
pub(super) fn page<K: Serialize, T>(mut rows: Vec<(K, T)>, limit: usize) -> Page<T> {
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more);
    let next = last.and_then(|(key, _)| serde_json::to_vec(key).ok());
    let next = next.map(|key| URL_SAFE_NO_PAD.encode(key));
    let data = rows.into_iter().map(|(_, row)| row).collect();
    Page { data, page: PageInfo { next, has_more } }
}

/// A page of postcodes; `entries` has one more than `limit` if there is a next page.
pub(super) fn postcode_page(entries: &[Entry<'_>], limit: usize) -> Page<PostcodeView> {
    let rows = entries.iter().map(|entry| (entry.postcode(), PostcodeView::from(entry)));
    page(rows.collect(), limit)
}
