//! Tiles over HTTP.

use actix_web::{HttpRequest, HttpResponse, web};
use kit::http::problem::Problem;

use super::mvt::Builder;
use crate::{
    app::App,
    areas::{
        area_in_set,
        domain::Areas,
        http::{
            field_errors::FieldErrors,
            query::Query,
            reply::{beside, kept},
        },
    },
    data::Data,
    geometry::{
        simplify,
        tile::{MAX_ZOOM, Tile},
    },
};

const MVT: &str = "application/vnd.mapbox-vector-tile";
/// Below this tolerance, simplification costs more than drawing all points.
const LEAST_SIMPLIFY_M: f64 = 1.0;

/// `GET /v1/geo/tiles/{kind}/{z}/{x}/{y}.mvt`
pub async fn get(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String, String, String)>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let (kind, z, x, y) = path.into_inner();
    let mut errors = FieldErrors::default();
    query.only(&["generation"], &mut errors);
    let generation = query.generation(&mut errors);
    let tile = tile(&z, &x, &y, &mut errors);
    errors.into_result()?;
    let tile = tile.ok_or_else(|| Problem::not_found("tile"))?;
    let known = place(&data.areas, &kind, generation.as_deref())?;
    let body = if let Some(body) = data.cache.tiles.get((known, tile)) {
        body
    } else {
        let cut = beside(app.clone(), move |data| {
            // The data may have been reloaded since.
            let layer = place(&data.areas, &kind, generation.as_deref())?;
            data.cache.tiles.get_or_compute((layer, tile), || Ok(cut(data, layer, tile).into()))
        });
        cut.await?
    };
    if body.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    Ok(kept(&request, MVT, body))
}

fn place(areas: &Areas, kind: &str, generation: Option<&str>) -> Result<usize, Problem> {
    areas.place(kind, generation).ok_or_else(|| Problem::not_found("set of areas"))
}

fn tile(z: &str, x: &str, y: &str, errors: &mut FieldErrors) -> Option<Tile> {
    let zoom = errors.number("z", z, 0..=MAX_ZOOM)?;
    let last = (1 << zoom) - 1;
    let (x, y) = (errors.number("x", x, 0..=last), errors.number("y", y, 0..=last));
    Tile::new(zoom, x?, y?)
}

fn cut(data: &Data, layer: usize, tile: Tile) -> Vec<u8> {
    let kind = data.areas.layers().get(layer).map_or("", |layer| &layer.about().kind);
    let mut builder = Builder::new(tile, kind);
    let unit_m = tile.unit_m();
    for (known, shape) in
        area_in_set::with_boundary(&data.dataset, &data.areas, layer, Some(tile.bounds()))
    {
        let simple =
            (unit_m >= LEAST_SIMPLIFY_M).then(|| simplify::simplified(shape, unit_m)).flatten();
        let shape = simple.as_ref().unwrap_or(shape);
        builder.add(known.gss_code, known.name.unwrap_or_default(), shape);
    }
    builder.finish()
}
