//! Tiles over HTTP.

use actix_web::{HttpRequest, HttpResponse, web};
use kit::problem::Problem;

use super::{
    domain::{MAX_ZOOM, Tile},
    mvt::Builder,
};
use crate::{
    app::{App, Data},
    areas::{
        domain::Areas,
        http::{
            field_errors::Faults,
            outline::outlined,
            query::Query,
            reply::{beside, kept},
        },
    },
    geometry::simplify,
};

const MVT: &str = "application/vnd.mapbox-vector-tile";
/// Below this, leaving points out costs more than drawing them.
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
    let mut faults = Faults::default();
    query.only(&["generation"], &mut faults);
    let generation = query.generation(&mut faults);
    let tile = tile(&z, &x, &y, &mut faults);
    faults.refuse()?;
    let tile = tile.ok_or_else(|| Problem::not_found("tile"))?;
    let known = place(&data.areas, &kind, generation.as_deref())?;
    let body = if let Some(body) = data.kept.tiles.get((known, tile)) {
        body
    } else {
        let cut = beside(app.clone(), move |data| {
            // The data may be another edition by now.
            let layer = place(&data.areas, &kind, generation.as_deref())?;
            data.kept.tiles.or_work_out((layer, tile), || Ok(cut(data, layer, tile).into()))
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

fn tile(z: &str, x: &str, y: &str, faults: &mut Faults) -> Option<Tile> {
    let zoom = faults.number("z", z, 0..=MAX_ZOOM)?;
    let last = (1 << zoom) - 1;
    let (x, y) = (faults.number("x", x, 0..=last), faults.number("y", y, 0..=last));
    Tile::new(zoom, x?, y?)
}

fn cut(data: &Data, layer: usize, tile: Tile) -> Vec<u8> {
    let kind = data.areas.layers().get(layer).map_or("", |layer| &layer.about().kind);
    let mut builder = Builder::new(tile, kind);
    let unit_m = tile.unit_m();
    for (known, shape) in outlined(&data.dataset, &data.areas, layer, Some(tile.bounds())) {
        let simple =
            (unit_m >= LEAST_SIMPLIFY_M).then(|| simplify::simplified(shape, unit_m)).flatten();
        let shape = simple.as_ref().unwrap_or(shape);
        builder.add(known.gss_code, known.name.unwrap_or_default(), shape);
    }
    builder.finish()
}
