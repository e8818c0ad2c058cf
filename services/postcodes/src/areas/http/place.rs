//! The areas of a postcode and of a point, over HTTP.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    web::{Data, Path, Query},
};
use contracts::values::postcode::Postcode;
use kit::http::{problem::Problem, reply::Reply};
use serde::Serialize;

use super::{query::AreaQuery, views::PointView};
use crate::{
    app::App,
    areas::place::{self, PlaceArea},
};

#[derive(Serialize)]
struct PostcodeAreasView<'a> {
    postcode: Postcode,
    /// `YYYYMM`; a terminated postcode has its last position.
    date_of_termination: Option<String>,
    position: Option<PointView>,
    /// Positional quality, 1 (within the building) to 9 (no position).
    quality: Option<u32>,
    areas: Vec<PlaceArea<'a>>,
}

#[derive(Serialize)]
struct PointAreasView<'a> {
    position: PointView,
    areas: Vec<PlaceArea<'a>>,
}

/// `GET /v1/geo/postcodes/{postcode}/areas`
pub(crate) async fn of_postcode(
    app: Data<App>,
    request: HttpRequest,
    text: Path<String>,
    query: Query<AreaQuery>,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let accepted = ["kind", "generation", "as_of"];
    let filter = query.read(&accepted, |fields| Some(query.filter(fields)))?;
    let entry = data.find(&text)?;
    let view = PostcodeAreasView {
        postcode: entry.postcode(),
        date_of_termination: entry.terminated().map(|month| month.to_string()),
        position: entry.position().map(PointView::from),
        quality: entry.quality(),
        areas: place::of_postcode(&data.areas, &entry, &filter),
    };
    Ok(Reply::ok(view).respond_to(&request))
}

/// `GET /v1/geo/point/areas`
pub async fn of_point(
    app: Data<App>,
    request: HttpRequest,
    query: Query<AreaQuery>,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let accepted = ["lon", "lat", "kind", "generation", "as_of"];
    let (at, filter) =
        query.read(&accepted, |fields| Some((query.point(fields), query.filter(fields))))?;
    let areas = place::of_point(&data.areas, at, &filter);
    Ok(Reply::ok(PointAreasView { position: at.into(), areas }).respond_to(&request))
}
