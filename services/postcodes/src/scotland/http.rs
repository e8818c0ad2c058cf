//! Scottish postcodes over HTTP, compatible with postcodes.io.

use actix_web::web::{Data, Path};

use super::record::ScottishRecord;
use crate::{
    app::App,
    postcodes_io::http::{error::ErrorResponse, response::Success},
};

/// `GET /v1/geo/scotland/postcodes/{postcode}`
pub(crate) async fn get(app: Data<App>, text: Path<String>) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let entry = data.find(&text)?;
    match ScottishRecord::new(entry, &data.areas) {
        Some(record) => Ok(Success::new(record)),
        None if entry.is_live() => Err(ErrorResponse::NotScottish),
        None => Err(ErrorResponse::PostcodeNotFound(None)),
    }
}
