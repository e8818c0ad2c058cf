//! The postcodes inside a drawn shape, over HTTP.

use actix_web::web::Data;
use contracts::values::{InvalidValue, postcode::Postcode};
use kit::http::{extract::Json, fields::Fields, page::Page, problem::Problem, reply::Reply};
use serde::Deserialize;

use super::{
    drawn::{CircleRequest, GeometryRequest},
    page::{DEFAULT_LIMIT, MAX_LIMIT, parse_postcode_cursor, postcode_page},
    views::PostcodeView,
};
use crate::{
    app::App,
    areas::members,
    dataset::image::{Dataset, Entry},
    geometry::drawn::Drawn,
    http::run_blocking,
};

/// Largest body, in bytes.
const MAX_BODY: usize = 256 * 1024;
/// Largest box that is searched, in square kilometres: more than any county. London's has some 300,000 postcodes.
const MAX_KM2: f64 = 40_000.0;

/// One of the two shapes, and the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithinRequest {
    geometry: Option<GeometryRequest>,
    circle: Option<CircleRequest>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// `POST /v1/geo/within`
pub async fn within(
    app: Data<App>,
    body: Result<Json<WithinRequest, MAX_BODY>, Problem>,
) -> Result<Reply<Page<PostcodeView>>, Problem> {
    app.data()?;
    let request = body?.value;
    run_blocking(app, move |data| {
        let (drawn, limit, after) = request.parse()?;
        let entries = members::first(inside(&data.dataset, &drawn), after, limit + 1);
        Ok(postcode_page(&entries, limit))
    })
    .await
    .map(Reply::ok)
}

impl WithinRequest {
    fn parse(&self) -> Result<(Drawn, usize, Option<Postcode>), Problem> {
        let mut fields = Fields::default();
        let drawn = self.parse_shape(&mut fields);
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let detail = format!("must be a number from 1 to {MAX_LIMIT}");
            fields.add("/limit", InvalidValue::with_detail("out_of_range", detail));
        }
        let after = fields.optional("/cursor", self.cursor.as_deref(), parse_postcode_cursor);
        fields.finish(drawn.map(|drawn| (drawn, limit, after)))
    }

    fn parse_shape(&self, fields: &mut Fields) -> Option<Drawn> {
        let (pointer, drawn) = match (&self.geometry, &self.circle) {
            (Some(geometry), None) => ("/geometry", geometry.parse("/geometry", fields)?),
            (None, Some(circle)) => ("/circle", circle.parse("/circle", fields)?),
            (None, None) => {
                fields.add("/geometry", InvalidValue::new("required", "is required, or circle"));
                return None;
            }
            (Some(_), Some(_)) => {
                let detail = "must not be given together with geometry";
                fields.add("/circle", InvalidValue::new("conflict", detail));
                return None;
            }
        };
        if drawn.box_km2() > MAX_KM2 {
            let detail = format!("must be at most {MAX_KM2} square kilometres");
            fields.add(pointer, InvalidValue::with_detail("too_large", detail));
        }
        Some(drawn)
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
