//! The distance route.

use actix_web::{Responder, web};
use contracts::values::postcode::Postcode;
use kit::http::problem::{FieldError, Problem};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    data::Data,
    dataset::image::Entry,
    error::Error,
    geometry::{position::Position, sphere},
};

/// Two postcodes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Answer {
    from: Postcode,
    to: Postcode,
    /// Great-circle distance between their positions.
    distance_m: f64,
}

/// `GET /v1/geo/distance`
pub async fn get(app: web::Data<App>, pair: web::Query<Pair>) -> Result<impl Responder, Problem> {
    let data = app.data()?;
    match (end(&data, "from", &pair.from), end(&data, "to", &pair.to)) {
        (Ok((from, here)), Ok((to, there))) => Ok(web::Json(Answer {
            from: from.postcode(),
            to: to.postcode(),
            distance_m: sphere::distance_m(here, there),
        })),
        (from, to) => Err(Problem::invalid(from.err().into_iter().chain(to.err()).collect())),
    }
}

/// One of the two postcodes; a terminated one has its last position.
fn end<'a>(
    data: &'a Data,
    name: &'static str,
    text: &str,
) -> Result<(Entry<'a>, Position), FieldError> {
    let entry = data.find(text).map_err(|error| {
        let code = if matches!(error, Error::Malformed(_)) { "malformed" } else { "unknown" };
        FieldError::new(name, code, error.to_string())
    })?;
    let position = entry.position().ok_or_else(|| {
        FieldError::new(name, "without_position", "has no position in the directory")
    })?;
    Ok((entry, position))
}
