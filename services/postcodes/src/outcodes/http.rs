//! Outcodes over HTTP, compatible with postcodes.io.

use actix_web::web::{Data, Path};
use contracts::values::postcode::outcode_number;

use super::domain::OutcodeRecord;
use crate::{
    app::App,
    data::Edition,
    geometry::position::Position,
    postcodes_io::http::{
        error::ErrorResponse,
        parameters::{MAX_LIMIT, Parameters, limit, position, radius_m},
        response::Success,
    },
};

/// Default and largest radius, metres.
const RADIUS_M: f64 = 5_000.0;
const MAX_RADIUS_M: f64 = 25_000.0;

/// `GET /v1/geo/outcodes`
pub(crate) async fn list(app: Data<App>, parameters: Parameters) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let given = parameters.position().ok_or(ErrorResponse::InvalidGeolocation)?;
    near(&data, position(Some(given)), &parameters)
}

/// `GET /v1/geo/outcodes/{outcode}`
pub(crate) async fn get(app: Data<App>, text: Path<String>) -> Result<Success, ErrorResponse> {
    Ok(Success::new(find(&*app.data()?, &text)?))
}

/// `GET /v1/geo/outcodes/{outcode}/nearest`
pub(crate) async fn nearest(
    app: Data<App>,
    text: Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let outcode = find(&data, &text)?;
    let position = outcode.longitude.zip(outcode.latitude);
    let at = position.map(|(longitude, latitude)| Position { longitude, latitude });
    near(&data, at.ok_or(ErrorResponse::InvalidGeolocation), &parameters)
}

fn find<'a>(data: &'a Edition, text: &str) -> Result<OutcodeRecord<'a>, ErrorResponse> {
    let number = outcode_number(text);
    let record = number.and_then(|number| data.outcodes.get(&data.dataset, &data.areas, number));
    record.ok_or(ErrorResponse::OutcodeNotFound)
}

/// The outcodes near a position; the first error is the same as in postcodes.io.
fn near(
    data: &Edition,
    at: Result<Position, ErrorResponse>,
    parameters: &Parameters,
) -> Result<Success, ErrorResponse> {
    let limit = limit(parameters.text(&["limit"]), MAX_LIMIT)?;
    let at = at?;
    let radius_m = radius_m(parameters.text(&["radius"]), RADIUS_M, MAX_RADIUS_M)?;
    let nearest = data.outcodes.nearest(at, limit, radius_m).into_iter();
    let records = nearest.filter_map(|(outcode, far)| {
        let record = data.outcodes.get(&data.dataset, &data.areas, outcode)?;
        Some(OutcodeRecord { distance: Some(far), ..record })
    });
    let records: Vec<_> = records.collect();
    Ok(Success::new((!records.is_empty()).then_some(records)))
}
