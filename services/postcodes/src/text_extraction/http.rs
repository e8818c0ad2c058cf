//! The route for text. The text may name a person: none of it is stored or logged.

use actix_web::{Responder, web};
use contracts::values::postcode::Postcode;
use kit::http::{
    extract::Json,
    problem::{FieldError, Problem},
};
use serde::{Deserialize, Serialize};

use super::domain::{self, Match};
use crate::{app::App, data::Data};

/// Longest text, in bytes: a few pages.
const MAX_TEXT: usize = 20_000;

/// The text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    text: String,
}

#[derive(Serialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    postcode: Postcode,
    /// `live`, `terminated`, or `unknown` (not in the directory).
    status: &'static str,
    /// Position in the text, in characters.
    start: usize,
    end: usize,
    repaired: bool,
}

/// `POST /v1/geo/text/postcodes`
pub async fn find(app: web::Data<App>, body: Json<Text>) -> Result<impl Responder, Problem> {
    let data = app.data()?;
    let text = &body.value.text;
    if text.len() > MAX_TEXT {
        let detail = format!("must be at most {MAX_TEXT} bytes");
        return Err(Problem::invalid(vec![FieldError::new("/text", "too_long", detail)]));
    }
    let found = domain::find(text, |postcode| data.dataset.find(postcode).is_some());
    let items = found.iter().map(|one| Item::of(&data, text, one));
    Ok(web::Json(Answer { data: items.collect() }))
}

impl Item {
    fn of(data: &Data, text: &str, found: &Match) -> Self {
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
