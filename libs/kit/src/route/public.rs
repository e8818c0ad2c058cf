//! Twins of routes for everybody, on the paths of a public service that ours stands in for.

use std::sync::Arc;

use actix_web::{
    HttpResponse, Route,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue,
        },
    },
    middleware::{Next, from_fn},
};

use super::{Access, RouteSpec, Routes};

/// What a browser may send to a twin; the headers of a plain request, as public services list them.
const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,OPTIONS");
const HEADERS: HeaderValue =
    HeaderValue::from_static("X-Requested-With, Content-Type, Accept, Origin");
const ANY: HeaderValue = HeaderValue::from_static("*");

impl Routes {
    /// Adds, for each route so far, one without `prefix` that needs no token and answers every origin. For data that is
    /// public anyway: the service itself is reached only from where the operator lets it be.
    #[must_use]
    pub fn with_public_twins(mut self, prefix: &str) -> Self {
        let mut twins: Vec<RouteSpec> = Vec::new();
        for spec in &self.specs {
            let Some(path) = spec.path.strip_prefix(prefix) else { continue };
            let make = spec.make.clone();
            let make = Arc::new(move || to_all_origins(make()));
            twins.push(RouteSpec { path, access: Access::Open, make, ..spec.clone() });
        }
        let mut paths: Vec<&'static str> = twins.iter().map(|twin| twin.path).collect();
        paths.dedup();
        self.specs.extend(twins);
        for path in paths {
            self = self.add(Method::OPTIONS, path, Access::Open, preflight);
        }
        self
    }
}

fn to_all_origins(route: Route) -> Route {
    route.wrap(from_fn(open))
}

async fn open<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut response = next.call(req).await?;
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    Ok(response)
}

async fn preflight() -> HttpResponse {
    HttpResponse::build(StatusCode::NO_CONTENT)
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, HEADERS))
        .finish()
}
