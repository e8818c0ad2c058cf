//! The postcodes inside a drawn shape, over HTTP.

use actix_web::{Responder, web};
use contracts::values::postcode::Postcode;
use kit::http::{extract::Json, problem::Problem};
use serde::Deserialize;

use super::{
    drawn::{self, CircleBody, GeometryBody},
    field_errors::FieldErrors,
    list::postcode_page,
    query::{DEFAULT_LIMIT, MAX_LIMIT},
    reply::beside,
};
use crate::{
    app::App,
    areas::members,
    dataset::image::{Dataset, Entry},
    geometry::drawn::Drawn,
};

/// Largest body, in bytes.
pub const MAX_BODY: usize = 256 * 1024;
/// Largest box that is searched, in square kilometres: more than any county. London's has some 300,000 postcodes.
const MAX_KM2: f64 = 40_000.0;

/// The request: one of the two shapes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    geometry: Option<GeometryBody>,
    circle: Option<CircleBody>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// `POST /v1/geo/within`
pub async fn within(
    app: web::Data<App>,
    body: Result<Json<Within, MAX_BODY>, Problem>,
) -> Result<impl Responder, Problem> {
    app.data()?;
    let body = body?.value;
    let found = beside(app, move |data| {
        let mut errors = FieldErrors::default();
        let drawn = body.drawn(&mut errors);
        let (limit, after) = (body.limit(&mut errors), body.after(&mut errors));
        errors.into_result()?;
        let drawn = drawn.ok_or_else(|| Problem::bad_request("A shape is required"))?;
        let entries = members::first(inside(&data.dataset, &drawn), after, limit + 1);
        Ok(postcode_page(&entries, limit))
    });
    Ok(web::Json(found.await?))
}

impl Within {
    fn drawn(&self, errors: &mut FieldErrors) -> Option<Drawn> {
        let (pointer, drawn) = match (&self.geometry, &self.circle) {
            (Some(body), None) => ("/geometry", drawn::polygons(body, "/geometry", errors)?),
            (None, Some(body)) => ("/circle", drawn::circle(body, "/circle", errors)?),
            (None, None) => {
                errors.add("/geometry", "required", "is required, or circle");
                return None;
            }
            (Some(_), Some(_)) => {
                errors.add("/circle", "conflict", "must not be given together with geometry");
                return None;
            }
        };
        if drawn.box_km2() > MAX_KM2 {
            let detail = format!("must be at most {MAX_KM2} square kilometres");
            errors.add(pointer, "too_large", detail);
        }
        Some(drawn)
    }

    fn limit(&self, errors: &mut FieldErrors) -> usize {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            errors.add("/limit", "out_of_range", format!("must be a number from 1 to {MAX_LIMIT}"));
        }
        limit
    }

    fn after(&self, errors: &mut FieldErrors) -> Option<Postcode> {
        let text: String = errors.cursor("/cursor", self.cursor.as_deref()?)?;
        let postcode = Postcode::parse(&text).ok();
        if postcode.is_none() {
            errors.add("/cursor", "malformed", "is not a valid cursor");
        }
        postcode
    }
}

/// Live entries inside a shape, each once.
fn inside<'a>(dataset: &'a Dataset, drawn: &Drawn) -> impl Iterator<Item = Entry<'a>> {
    let boxes = drawn.boxes();
    let holds = |[west, south, east, north]: &[f64; 4], entry: &Entry<'_>| {
        entry.position().is_some_and(|at| {
            (*west..=*east).contains(&at.longitude) && (*south..=*north).contains(&at.latitude)
        })
    };
    let earlier = boxes.clone();
    boxes
        .into_iter()
        .enumerate()
        .flat_map(move |(number, around)| {
            let earlier: Vec<_> = earlier.iter().take(number).copied().collect();
            let entries = dataset.within_box(around);
            // An entry in two boxes is found in the first.
            entries.filter(move |entry| !earlier.iter().any(|around| holds(around, entry)))
        })
        .filter(|entry| entry.position().is_some_and(|at| drawn.contains(at)))
}
