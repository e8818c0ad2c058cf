//! Look-ups over HTTP. The address stands in the path, which the kit does not log.

use std::net::IpAddr;

use actix_web::{Responder, web};
use kit::problem::Problem;

use crate::{app::App, error::Error};

/// `GET /v1/geo/ip/{ip}`
pub async fn get(app: web::Data<App>, text: web::Path<String>) -> Result<impl Responder, Problem> {
    let address: IpAddr = text.parse().map_err(|_not_repeated| Error::Malformed)?;
    Ok(web::Json(app.database.look_up(address)))
}
