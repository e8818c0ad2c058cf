//! The two status routes of postcodes.io, and the fallback for all other paths.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::{
        Method,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue},
    },
    web::Data,
};
use kit::http::{problem::Problem, routes::preflight};

use crate::{
    app::App,
    postcodes_io::http::{error::ErrorResponse, response::Success},
};

/// `GET /v1/geo/ping`
pub(crate) async fn ping() -> Success {
    Success::new("pong")
}

/// `GET /v1/geo/ready`
pub(crate) async fn ready(app: Data<App>) -> Result<Success, ErrorResponse> {
    app.data()?;
    Ok(Success::new("Ready"))
}

/// Every path and method that is not in the table. Like the public service, it accepts a preflight of any path, and rejects
/// an unknown method as an unknown path.
pub(crate) async fn unmatched(req: HttpRequest) -> HttpResponse {
    if ["/v1/", "/internal/"].into_iter().any(|ours| req.path().starts_with(ours)) {
        return Problem::not_found("path").error_response();
    }
    if req.method() == Method::OPTIONS {
        return preflight();
    }
    let mut response = ErrorResponse::ResourceNotFound.error_response();
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
