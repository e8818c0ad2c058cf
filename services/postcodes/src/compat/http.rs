//! The two questions of postcodes.io about itself.

use actix_web::web;

use super::{answer::Found, refused::Refused};
use crate::app::App;

/// `GET /v1/geo/ping`
pub async fn ping() -> Found {
    Found::new("pong")
}

/// `GET /v1/geo/ready`
pub async fn ready(app: web::Data<App>) -> Result<Found, Refused> {
    app.data()?;
    Ok(Found::new("Ready"))
}
