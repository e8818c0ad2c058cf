//! Geocoding over HTTP. The question is in the query, which nobody logs, and is not repeated in the response.

mod geocodejson;
mod geojson;
mod queries;
mod values;

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use kit::http::{extract::Caller, problem::Problem};

use self::queries::{AutocompleteQuery, ReverseQuery, SearchQuery};
use super::{
    domain::{Answer, Format},
    workflow,
};
use crate::app::App;

/// `GET /v1/geo/search`
pub(crate) async fn search(
    app: Data<App>,
    caller: Caller,
    query: Query<SearchQuery>,
) -> Result<HttpResponse, Problem> {
    let (text, options, format) = query.into_inner().parse()?;
    Ok(render(&workflow::search(&app, caller.tenant_id, &text, &options).await, format))
}

/// `GET /v1/geo/autocomplete`
pub(crate) async fn autocomplete(
    app: Data<App>,
    query: Query<AutocompleteQuery>,
) -> Result<HttpResponse, Problem> {
    let (text, options, format) = query.into_inner().parse()?;
    Ok(render(&workflow::autocomplete(&app, &text, &options).await, format))
}

/// `GET /v1/geo/reverse`
pub(crate) async fn reverse(
    app: Data<App>,
    caller: Caller,
    query: Query<ReverseQuery>,
) -> Result<HttpResponse, Problem> {
    let (point, radius_m, options, format) = query.into_inner().parse()?;
    Ok(render(&workflow::reverse(&app, caller.tenant_id, point, radius_m, &options).await, format))
}

/// The media type is not JSON's, so this is not a `Reply`.
fn render(answer: &Answer, format: Format) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    // The type that RFC 7946 registers.
    response.content_type("application/geo+json");
    match format {
        Format::GeoJson => response.json(geojson::collection(answer)),
        Format::GeocodeJson => response.json(geocodejson::collection(answer)),
    }
}
