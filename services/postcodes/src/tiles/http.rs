//! Tiles over HTTP.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use kit::http::{fields::Fields, problem::Problem};

use super::mvt::Builder;
use crate::{
    app::App,
    areas::{
        area_in_set,
        domain::Areas,
        http::query::{AreaQuery, parse_number},
    },
    data::Edition,
    geometry::{
        simplify,
        tile::{MAX_ZOOM, Tile},
    },
    http::{cacheable, run_blocking},
};

const MVT: &str = "application/vnd.mapbox-vector-tile";
/// Below this tolerance, simplification costs more than drawing all points.
const LEAST_SIMPLIFY_M: f64 = 1.0;

/// `GET /v1/geo/tiles/{kind}/{z}/{x}/{y}.mvt`
pub async fn get(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String, String, String)>,
    query: Query<AreaQuery>,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let (kind, z, x, y) = path.into_inner();
    let (generation, tile) = query.read(&["generation"], |fields| {
        Some((query.generation(fields), parse_tile([&z, &x, &y], fields)))
    })?;
    let tile = tile.ok_or_else(|| Problem::not_found("tile"))?;
    let layer = layer(&data.areas, &kind, generation.as_deref())?;
    let body = if let Some(body) = data.cache.tiles.get((layer, tile)) {
        body
    } else {
        run_blocking(app, move |data| {
            // The data may have been reloaded since.
            let layer = self::layer(&data.areas, &kind, generation.as_deref())?;
            data.cache.tiles.get_or_compute((layer, tile), || Ok(draw(data, layer, tile).into()))
        })
        .await?
    };
    if body.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    Ok(cacheable(&request, MVT, body))
}

fn layer(areas: &Areas, kind: &str, generation: Option<&str>) -> Result<usize, Problem> {
    areas.place(kind, generation).ok_or_else(|| Problem::not_found("set of areas"))
}

fn parse_tile([z, x, y]: [&str; 3], fields: &mut Fields) -> Option<Tile> {
    let zoom = fields.optional("z", Some(z), |text| parse_number(text, 0..=MAX_ZOOM))?;
    let last = (1 << zoom) - 1;
    let [x, y] = [("x", x), ("y", y)]
        .map(|(name, text)| fields.optional(name, Some(text), |text| parse_number(text, 0..=last)));
    Tile::new(zoom, x?, y?)
}

fn draw(data: &Edition, layer: usize, tile: Tile) -> Vec<u8> {
    let kind = data.areas.layers().get(layer).map_or("", |layer| &layer.about().kind);
    let mut builder = Builder::new(tile, kind);
    let unit_m = tile.unit_m();
    for (area, shape) in
        area_in_set::with_boundary(&data.dataset, &data.areas, layer, Some(tile.bounds()))
    {
        let simple =
            (unit_m >= LEAST_SIMPLIFY_M).then(|| simplify::simplified(shape, unit_m)).flatten();
        let shape = simple.as_ref().unwrap_or(shape);
        builder.add(area.gss_code, area.name.unwrap_or_default(), shape);
    }
    builder.finish()
}
