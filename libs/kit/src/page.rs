//! Lists by cursor: opaque, stable under inserts, limited.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::{FieldError, Problem};

/// Rows on a page unless asked otherwise.
pub const DEFAULT_LIMIT: i64 = 50;
/// Most rows on a page.
pub const MAX_LIMIT: i64 = 200;

/// `?limit=&cursor=`
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl PageQuery {
    /// Rows asked for, and the id after which they start. Rows are ordered by `id`, which `UUIDv7` makes an order by time.
    pub fn parse(&self) -> Result<(i64, Option<Uuid>), Problem> {
        let limit = match self.limit.as_deref().map(str::parse) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
            Some(_other) => {
                let detail = format!("must be a number from 1 to {MAX_LIMIT}");
                return Err(Problem::invalid(vec![FieldError::new(
                    "limit",
                    "out_of_range",
                    detail,
                )]));
            }
        };
        let after = self.cursor.as_deref().map(decode).transpose()?;
        Ok((limit, after))
    }
}

/// `{data, page: {next, has_more}}`
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where to go on.
    pub page: PageInfo,
}

/// Where a list goes on.
#[derive(Debug, Serialize)]
pub struct PageInfo {
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Whether there is one.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Makes a page of rows that were asked for with `limit + 1`.
    pub fn new(mut rows: Vec<T>, limit: i64, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(limit).unwrap_or_default();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(|last| URL_SAFE_NO_PAD.encode(id(last)));
        Self { data: rows, page: PageInfo { next, has_more } }
    }
}

fn decode(cursor: &str) -> Result<Uuid, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|b| Uuid::from_slice(&b).ok());
    bytes.ok_or_else(|| {
        Problem::invalid(vec![FieldError::new("cursor", "malformed", "is not a valid cursor")])
    })
}
