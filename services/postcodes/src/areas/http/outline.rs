//! Boundaries over HTTP: of one area, or of all of a kind for a map.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data, Path, Query},
};
use kit::http::problem::{FieldError, Problem};

use super::{
    geojson,
    list::{no_boundary, sets},
    query::AreaQuery,
};
use crate::{
    app::App,
    areas::area_in_set,
    data::Edition,
    geometry::{bounds::Bounds, simplify},
    http::{cacheable, run_blocking},
};

/// Most points in one response, about 10 MB of JSON.
const MAX_POINTS: usize = 500_000;
const GEOJSON: &str = "application/geo+json";

/// `GET /v1/geo/areas/{gss_code}/geojson`
pub async fn get(
    app: Data<App>,
    request: HttpRequest,
    code: Path<String>,
    query: Query<AreaQuery>,
) -> Result<HttpResponse, Problem> {
    app.data()?;
    let (filter, tolerance_m) = query.read(&["generation", "simplify"], |fields| {
        Some((query.filter(fields), query.simplify(fields)))
    })?;
    let feature = run_blocking(app, move |data| {
        let sets = sets(data.lookup(), &code, &filter)?;
        let outlined = sets.iter().find_map(|area| Some((area, area.shape?)));
        let (area, shape) = outlined.ok_or_else(no_boundary)?;
        let shape = simplify::simplified(shape, tolerance_m.into()).ok_or_else(no_boundary)?;
        Ok::<_, Problem>(geojson::feature(area, &shape))
    });
    Ok(cacheable(&request, GEOJSON, feature.await?))
}

/// `GET /v1/geo/areas.geojson`
pub async fn collection(
    app: Data<App>,
    request: HttpRequest,
    query: Query<AreaQuery>,
) -> Result<HttpResponse, Problem> {
    app.data()?;
    let accepted = ["kind", "generation", "bbox", "simplify"];
    let (kind, generation, bounds, tolerance_m) = query.read(&accepted, |fields| {
        let (kind, generation) = (query.kind(fields), query.generation(fields));
        let (bounds, tolerance_m) = (query.bbox(fields), query.simplify(fields));
        Some((kind?, generation, bounds, tolerance_m))
    })?;
    let collection = run_blocking(app, move |data| {
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
    Ok(cacheable(&request, GEOJSON, collection.await?))
}

fn features(
    data: &Edition,
    layer: usize,
    bounds: Option<Bounds>,
    tolerance_m: u32,
) -> Result<Bytes, Problem> {
    let (mut features, mut points) = (Vec::new(), 0);
    for (area, shape) in area_in_set::with_boundary(&data.dataset, &data.areas, layer, bounds) {
        let Some(shape) = simplify::simplified(shape, tolerance_m.into()) else { continue };
        points += shape.vertices();
        if points > MAX_POINTS {
            return Err(too_many());
        }
        features.push(geojson::feature(&area, &shape));
    }
    Ok(geojson::collection(&features).into())
}

fn too_many() -> Problem {
    let detail = format!("has more than {MAX_POINTS} points: simplify more, or use a smaller bbox");
    Problem::invalid(vec![FieldError::new("simplify", "too_many", detail)])
}
