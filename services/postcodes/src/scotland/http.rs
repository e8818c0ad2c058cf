//! Scottish postcodes over HTTP, in the manners of postcodes.io.

use actix_web::web;

use super::record::ScottishRecord;
use crate::{
    app::App,
    postcodes_io::{error::Refused, response::Found},
};

/// `GET /v1/geo/scotland/postcodes/{postcode}`
pub async fn get(app: web::Data<App>, text: web::Path<String>) -> Result<Found, Refused> {
    let data = app.data()?;
    let entry = data.find(&text)?;
    match ScottishRecord::of(entry, &data.areas) {
        Some(record) => Ok(Found::new(record)),
        None if entry.is_live() => Err(Refused::NotScottish),
        None => Err(Refused::PostcodeNotFound(None)),
    }
}
