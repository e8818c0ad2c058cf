//! Places over HTTP, compatible with postcodes.io.

use actix_web::web;
use kit::id::Ids;

use crate::{
    app::App,
    postcodes_io::{
        error::ErrorResponse,
        parameters::{Parameters, whole},
        response::Success,
    },
};

/// Default and largest limit.
const LIMIT: usize = 10;
const MAX_LIMIT: usize = 100;

/// `GET /v1/geo/places`
pub(crate) async fn query(
    app: web::Data<App>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let text = parameters.text(&["query", "q"]).ok_or(ErrorResponse::PlaceQueryRequired)?;
    let found = if text.trim().is_empty() {
        Vec::new()
    } else {
        data.places()?.search(text, limit(&parameters))
    };
    Ok(Success::new(found))
}

/// `GET /v1/geo/places/{code}`
pub(crate) async fn get(
    app: web::Data<App>,
    code: web::Path<String>,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let place = data.places()?.find(&code).ok_or(ErrorResponse::PlaceNotFound)?;
    Ok(Success::new(place))
}

/// `GET /v1/geo/random/places`
pub(crate) async fn random(app: web::Data<App>) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let lot = u64::from_le_bytes(Ids.bytes());
    Ok(Success::new(data.places()?.draw(lot)))
}

/// An invalid limit, or one less than one, is the default; a larger one is capped.
fn limit(parameters: &Parameters) -> usize {
    let given = parameters.text(&["limit", "l"]).and_then(whole);
    match given.map(usize::try_from) {
        Some(Ok(limit)) if limit > 0 => limit.min(MAX_LIMIT),
        _ => LIMIT,
    }
}
