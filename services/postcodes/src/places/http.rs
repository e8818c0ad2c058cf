//! Places over HTTP, compatible with postcodes.io.

use actix_web::web::{Data, Path};
use kit::id::Ids;

use crate::{
    app::App,
    postcodes_io::http::{error::ErrorResponse, parameters::Parameters, response::Success},
};

/// `GET /v1/geo/places`
pub(crate) async fn list(app: Data<App>, parameters: Parameters) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let text = parameters.text(&["query", "q"]).ok_or(ErrorResponse::PlaceQueryRequired)?;
    if text.trim().is_empty() {
        return Ok(Success::new([(); 0]));
    }
    let limit = parameters.search_limit(&["limit", "l"]);
    Ok(Success::new(data.places()?.search(text, limit)))
}

/// `GET /v1/geo/places/{code}`
pub(crate) async fn get(app: Data<App>, code: Path<String>) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let place = data.places()?.find(&code).ok_or(ErrorResponse::PlaceNotFound)?;
    Ok(Success::new(place))
}

/// `GET /v1/geo/random/places`
pub(crate) async fn random(app: Data<App>) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let random = u64::from_le_bytes(Ids.bytes());
    Ok(Success::new(data.places()?.draw(random)))
}
