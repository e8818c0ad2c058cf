//! Boundaries over HTTP: of one area, or of all of a kind for a map.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes},
};
use kit::http::problem::{FieldError, Problem};

use super::{
    field_errors::FieldErrors,
    geojson,
    list::{no_boundary, sets},
    query::Query,
    reply::{beside, kept},
};
use crate::{
    app::App,
    areas::area_in_set,
    data::Data,
    geometry::{bounds::Bounds, simplify},
};

/// Most points in one response, about 10 MB of JSON.
const MAX_POINTS: usize = 500_000;
const GEOJSON: &str = "application/geo+json";

/// `GET /v1/geo/areas/{gss_code}/geojson`
pub async fn get(
    app: web::Data<App>,
    request: HttpRequest,
    code: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    app.data()?;
    let mut errors = FieldErrors::default();
    query.only(&["generation", "simplify"], &mut errors);
    let (filter, tolerance_m) = (query.filter(&mut errors), query.simplify(&mut errors));
    errors.into_result()?;
    let body = beside(app, move |data| {
        let sets = sets(data.lookup(), &code, &filter)?;
        let found = sets.iter().find_map(|known| Some((known, known.shape?)));
        let (known, shape) = found.ok_or_else(no_boundary)?;
        let shape = simplify::simplified(shape, tolerance_m.into()).ok_or_else(no_boundary)?;
        Ok(geojson::feature(known, &shape))
    });
    Ok(kept(&request, GEOJSON, body.await?.into()))
}

/// `GET /v1/geo/areas.geojson`
pub async fn collection(
    app: web::Data<App>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    app.data()?;
    let mut errors = FieldErrors::default();
    query.only(&["kind", "generation", "bbox", "simplify"], &mut errors);
    let kind = query.kind(&mut errors);
    let generation = query.generation(&mut errors);
    let (bounds, tolerance_m) = (query.bbox(&mut errors), query.simplify(&mut errors));
    errors.into_result()?;
    let body = beside(app, move |data| {
        let layer = data.areas.place(&kind, generation.as_deref());
        let layer = layer.ok_or_else(|| Problem::not_found("set of areas"))?;
        let draw = || features(data, layer, bounds, tolerance_m);
        // Only whole layers are cached: every map of a country asks for them, and no two ask for the same box.
        if bounds.is_some() {
            draw()
        } else {
            data.cache.layers.get_or_compute((layer, tolerance_m), draw)
        }
    });
    Ok(kept(&request, GEOJSON, body.await?))
}

fn features(
    data: &Data,
    layer: usize,
    bounds: Option<Bounds>,
    tolerance_m: u32,
) -> Result<Bytes, Problem> {
    let (mut features, mut points) = (Vec::new(), 0);
    for (known, shape) in area_in_set::with_boundary(&data.dataset, &data.areas, layer, bounds) {
        let Some(shape) = simplify::simplified(shape, tolerance_m.into()) else { continue };
        points += shape.vertices();
        if points > MAX_POINTS {
            return Err(too_many());
        }
        features.push(geojson::feature(&known, &shape));
    }
    Ok(geojson::collection(&features).into())
}

fn too_many() -> Problem {
    let detail = format!("has more than {MAX_POINTS} points: simplify more, or use a smaller bbox");
    Problem::invalid(vec![FieldError::new("simplify", "too_many", detail)])
}
