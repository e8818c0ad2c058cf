//! HEAD, methods that a path does not have, and paths that do not exist.

use actix_web::{
    Route, guard,
    http::{Method, StatusCode},
    web,
};

use crate::http::problem::Problem;

/// A route for a method. GET also handles HEAD (RFC 9110 §9.3.2), whose body the server leaves out.
pub(super) fn on_method(method: &Method) -> Route {
    if method == Method::GET {
        return web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    }
    web::method(method.clone())
}

/// The response for a path that has other methods; RFC 9110 §15.5.6 requires that it lists them.
pub(super) fn method_not_allowed(allowed: &str) -> Result<String, Problem> {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let problem = Problem::new(status, "method_not_allowed", "Method not allowed");
    Err(problem.header("allow", allowed.to_owned()))
}

/// The response for a path that does not exist.
pub(super) async fn no_such_path() -> Result<String, Problem> {
    Err(Problem::not_found("path"))
}
