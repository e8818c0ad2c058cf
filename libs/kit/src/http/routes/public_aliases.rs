//! Unauthenticated aliases of routes, for drop-in compatibility with a public API (postcodes.io).

use std::sync::Arc;

use actix_web::{
    HttpResponse, Route,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue,
        },
    },
    middleware::{Next, from_fn},
};

use super::{Access, RouteSpec, Routes};

/// What a browser may send to an alias; the headers are those of a plain request, as public services list them.
const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,OPTIONS");
const HEADERS: HeaderValue =
    HeaderValue::from_static("X-Requested-With, Content-Type, Accept, Origin");
const ANY: HeaderValue = HeaderValue::from_static("*");

impl Routes {
    /// Adds, for each route so far whose path starts with `prefix`, an alias without the prefix that needs no token and
    /// answers every origin. Other methods of an alias, preflights too, go to the [fallback](Routes::fallback). For data
    /// that is public anyway: the operator decides who can reach the service itself.
    #[must_use]
    pub fn with_public_aliases(mut self, prefix: &str) -> Self {
        let alias = |spec: &RouteSpec| {
            let path = spec.path.strip_prefix(prefix)?;
            let make = spec.make.clone();
            let make = Arc::new(move || to_all_origins(make()));
            Some(RouteSpec { path, access: Access::Open, make, ..spec.clone() })
        };
        let aliases: Vec<RouteSpec> = self.specs.iter().filter_map(alias).collect();
        self.aliases.extend(aliases.iter().map(|alias| alias.path));
        self.specs.extend(aliases);
        self
    }
}

/// The response to a preflight on any path of such an API.
pub fn preflight() -> HttpResponse {
    HttpResponse::build(StatusCode::NO_CONTENT)
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, HEADERS))
        .finish()
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
