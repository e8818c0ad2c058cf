//! Geocoding over HTTP. What is asked stands in the query, which nobody logs, and is not repeated in the answer.

use actix_web::{HttpResponse, web};
use kit::http::{extract::Caller, problem::Problem};

use super::domain::{Format, Found};
use super::params::{Autocomplete, Reverse, Search};
use super::{geocodejson, geojson, ops};
use crate::app::App;

/// `GET /v1/geo/search`
pub(crate) async fn search(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<Search>,
) -> Result<HttpResponse, Problem> {
    let (text, wish, format) = query.into_inner().parse()?;
    Ok(render(&ops::search(&app, caller.tenant_id, &text, &wish).await, format))
}

/// `GET /v1/geo/autocomplete`
pub(crate) async fn autocomplete(
    app: web::Data<App>,
    query: web::Query<Autocomplete>,
) -> Result<HttpResponse, Problem> {
    let (text, wish, format) = query.into_inner().parse()?;
    Ok(render(&ops::autocomplete(&app, &text, &wish).await, format))
}

/// `GET /v1/geo/reverse`
pub(crate) async fn reverse(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<Reverse>,
) -> Result<HttpResponse, Problem> {
    let (point, radius_m, wish, format) = query.into_inner().parse()?;
    Ok(render(&ops::reverse(&app, caller.tenant_id, point, radius_m, &wish).await, format))
}

fn render(found: &Found, format: Format) -> HttpResponse {
    // RFC 7946 names the type.
    let mut response = HttpResponse::Ok();
    response.content_type("application/geo+json");
    match format {
        Format::GeoJson => response.json(geojson::collection(found)),
        Format::GeocodeJson => response.json(geocodejson::collection(found)),
    }
}
