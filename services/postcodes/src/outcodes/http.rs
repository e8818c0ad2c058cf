//! Outcodes over HTTP, compatible with postcodes.io.

use actix_web::web;
use contracts::values::postcode::outcode_number;

use super::domain::OutcodeRecord;
use crate::{
    app::App,
    data::Data,
    geometry::position::Position,
    postcodes_io::{
        error::ErrorResponse,
        parameters::{Parameters, real, whole},
        response::Success,
    },
};

/// Default and largest limit.
const LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;
/// Default and largest radius, metres.
const RADIUS_M: f64 = 5_000.0;
const MAX_RADIUS_M: f64 = 25_000.0;

/// `GET /v1/geo/outcodes/{outcode}`
pub(crate) async fn get(
    app: web::Data<App>,
    text: web::Path<String>,
) -> Result<Success, ErrorResponse> {
    Ok(Success::new(find(&*app.data()?, &text)?))
}

/// `GET /v1/geo/outcodes/{outcode}/nearest`
pub(crate) async fn nearest(
    app: web::Data<App>,
    text: web::Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let outcode = find(&data, &text)?;
    let here = outcode.longitude.zip(outcode.latitude);
    let at = here.map(|(longitude, latitude)| Position { longitude, latitude });
    near(&data, at, &parameters)
}

/// `GET /v1/geo/outcodes`
pub(crate) async fn query(
    app: web::Data<App>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let pair = |longitude: &str, latitude: &str| {
        parameters.text(&[longitude]).zip(parameters.text(&[latitude]))
    };
    let pair = pair("longitude", "latitude").or_else(|| pair("lon", "lat"));
    let (longitude, latitude) = pair.ok_or(ErrorResponse::InvalidGeolocation)?;
    let at = real(longitude).zip(real(latitude));
    near(&data, at.map(|(longitude, latitude)| Position { longitude, latitude }), &parameters)
}

fn find<'a>(data: &'a Data, text: &str) -> Result<OutcodeRecord<'a>, ErrorResponse> {
    let found = outcode_number(text)
        .and_then(|outcode| data.outcodes.get(&data.dataset, &data.areas, outcode));
    found.ok_or(ErrorResponse::OutcodeNotFound)
}

/// The outcodes near a position; the first error is the same as in postcodes.io.
fn near(
    data: &Data,
    at: Option<Position>,
    parameters: &Parameters,
) -> Result<Success, ErrorResponse> {
    let limit = parameters.text(&["limit"]).map_or(Some(LIMIT), whole);
    let limit = limit.filter(|limit| *limit >= 0).ok_or(ErrorResponse::InvalidLimit)?;
    let at = at.ok_or(ErrorResponse::InvalidGeolocation)?;
    let radius = parameters.text(&["radius"]).map_or(Some(RADIUS_M), real);
    let radius = radius.filter(|radius| *radius >= 0.0).ok_or(ErrorResponse::InvalidRadius)?;
    let limit = usize::try_from(limit.min(MAX_LIMIT)).unwrap_or(0);
    let found = data.outcodes.nearest(at, limit, radius.min(MAX_RADIUS_M)).into_iter();
    let found: Vec<OutcodeRecord<'_>> = found
        .filter_map(|(outcode, far)| {
            let found = data.outcodes.get(&data.dataset, &data.areas, outcode)?;
            Some(OutcodeRecord { distance: Some(far), ..found })
        })
        .collect();
    Ok(Success::new((!found.is_empty()).then_some(found)))
}
