//! The route for text. The text may name a person: none of it is stored or logged.

use actix_web::web::Data;
use contracts::values::postcode::Postcode;
use kit::http::{
    extract::Json,
    problem::{FieldError, Problem},
    reply::Reply,
};
use serde::{Deserialize, Serialize};

use super::domain::{self, Match};
use crate::{app::App, data::Edition};

/// Longest text, in bytes: a few pages.
const MAX_TEXT: usize = 20_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextRequest {
    text: String,
}

#[derive(Serialize)]
pub struct MatchesView {
    data: Vec<MatchView>,
}

#[derive(Serialize)]
struct MatchView {
    postcode: Postcode,
    /// `live`, `terminated`, or `unknown` (not in the directory).
    status: &'static str,
    /// Position in the text, in characters.
    start: usize,
    end: usize,
    repaired: bool,
}

/// `POST /v1/geo/text/postcodes`
pub async fn find(app: Data<App>, body: Json<TextRequest>) -> Result<Reply<MatchesView>, Problem> {
    let data = app.data()?;
    let text = &body.value.text;
    if text.len() > MAX_TEXT {
        let detail = format!("must be at most {MAX_TEXT} bytes");
        return Err(Problem::invalid(vec![FieldError::new("/text", "too_long", detail)]));
    }
    let matches = domain::find(text, |postcode| data.dataset.find(postcode).is_some());
    let views = matches.iter().map(|found| MatchView::new(&data, text, found));
    Ok(Reply::ok(MatchesView { data: views.collect() }))
}

impl MatchView {
    fn new(data: &Edition, text: &str, found: &Match) -> Self {
        let status = match data.dataset.find(found.postcode) {
            Some(entry) if entry.is_live() => "live",
            Some(_) => "terminated",
            None => "unknown",
        };
        let characters =
            |bytes: usize| text.get(..bytes).map_or(0, |before| before.chars().count());
        Self {
            postcode: found.postcode,
            status,
            start: characters(found.start),
            end: characters(found.end),
            repaired: found.repaired,
        }
    }
}
