//! Pages of lists. Cursors are opaque, and inserted rows do not shift the next pages.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Query};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::values::InvalidValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{fields::Fields, problem::Problem};

/// Rows on a page unless the request says otherwise.
pub const DEFAULT_LIMIT: i64 = 50;
/// Most rows on a page.
pub const MAX_LIMIT: i64 = 200;

/// The page that a request asks for by `?limit=&cursor=`. Rows are ordered by `id`; for UUIDs of version 7 that is by
/// time.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    cursor: Option<Uuid>,
    limit: i64,
}

#[derive(Deserialize)]
struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl PageRequest {
    /// In a list with the oldest first, the id that all ids of this page are greater than.
    pub fn after(&self) -> Uuid {
        self.cursor.unwrap_or(Uuid::nil())
    }

    /// In a list with the newest first, the id that all ids of this page are less than.
    pub fn before(&self) -> Uuid {
        self.cursor.unwrap_or(Uuid::max())
    }

    /// The number of rows to select: one more than the page has, to find out whether there is a next page.
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// Makes the page from the selected rows.
    pub fn page<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(|last| URL_SAFE_NO_PAD.encode(id(last)));
        Page { data: rows, page: PageInfo { next, has_more } }
    }

    fn parse(query: PageQuery) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let limit = fields.optional("limit", query.limit, |text| parse_limit(&text));
        let cursor = fields.optional("cursor", query.cursor, |text| parse_cursor(&text));
        fields.finish(Some(Self { cursor, limit: limit.unwrap_or(DEFAULT_LIMIT) }))
    }
}

impl FromRequest for PageRequest {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let query = Query::<PageQuery>::from_request(request, payload).into_inner();
        ready(query.and_then(|query| Ok(Self::parse(query.into_inner())?)))
    }
}

/// `{data, page: {next, has_more}}`
#[derive(Debug, Serialize)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub page: PageInfo,
}

/// Whether and where a list continues.
#[derive(Debug, Serialize)]
pub struct PageInfo {
    /// The cursor of the next page.
    pub next: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The same page, with each row as clients see it.
    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(view).collect(), page: self.page }
    }
}

fn parse_limit(text: &str) -> Result<i64, InvalidValue> {
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    let detail = || format!("must be a number from 1 to {MAX_LIMIT}");
    limit.ok_or_else(|| InvalidValue::with_detail("out_of_range", detail()))
}

fn parse_cursor(text: &str) -> Result<Uuid, InvalidValue> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| Uuid::from_slice(&bytes).ok());
    bytes.ok_or(InvalidValue::new("malformed", "is not a valid cursor"))
}
