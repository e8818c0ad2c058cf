//! The areas of a postcode and of a point, over HTTP.

use actix_web::{HttpResponse, web};
use contracts::values::postcode::Postcode;
use kit::http::problem::Problem;
use serde::Serialize;

use super::{field_errors::FieldErrors, query::Query, views::Point};
use crate::{
    app::App,
    areas::place::{self, PlaceArea},
};

/// All areas of a postcode.
#[derive(Serialize)]
struct OfPostcode<'a> {
    postcode: Postcode,
    /// `YYYYMM`; a terminated postcode has its last position.
    date_of_termination: Option<String>,
    position: Option<Point>,
    /// Positional quality, 1 (within the building) to 9 (no position).
    quality: Option<u32>,
    areas: Vec<PlaceArea<'a>>,
}

/// All areas of a point.
#[derive(Serialize)]
struct OfPoint<'a> {
    position: Point,
    areas: Vec<PlaceArea<'a>>,
}

/// `GET /v1/geo/postcodes/{postcode}/areas`
pub async fn of_postcode(
    app: web::Data<App>,
    text: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let mut errors = FieldErrors::default();
    query.only(&["kind", "generation", "as_of"], &mut errors);
    let filter = query.filter(&mut errors);
    errors.into_result()?;
    let entry = data.find(&text)?;
    let answer = OfPostcode {
        postcode: entry.postcode(),
        date_of_termination: entry.terminated().map(|month| month.to_string()),
        position: entry.position().map(Point::from),
        quality: entry.quality(),
        areas: place::of_postcode(&data.areas, &entry, &filter),
    };
    Ok(HttpResponse::Ok().json(&answer))
}

/// `GET /v1/geo/point/areas`
pub async fn of_point(
    app: web::Data<App>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let mut errors = FieldErrors::default();
    query.only(&["lon", "lat", "kind", "generation", "as_of"], &mut errors);
    let (at, filter) = (query.point(&mut errors), query.filter(&mut errors));
    errors.into_result()?;
    let areas = place::of_point(&data.areas, at, &filter);
    Ok(HttpResponse::Ok().json(&OfPoint { position: at.into(), areas }))
}
