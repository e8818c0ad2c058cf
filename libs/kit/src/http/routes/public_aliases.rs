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

/// What a browser may send to an alias. The headers are those that public APIs usually list.
const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,OPTIONS");
const HEADERS: HeaderValue =
    HeaderValue::from_static("X-Requested-With, Content-Type, Accept, Origin");
const ANY: HeaderValue = HeaderValue::from_static("*");

impl Routes {
    /// Adds an alias, without the prefix, of each route so far whose path starts with `prefix`. It does not need a token
    /// and allows every origin. Its other methods, including preflights, go to the [fallback](Routes::fallback). For
    /// public data only: the operator decides who can reach the service itself.
    #[must_use]
    pub fn with_public_aliases(mut self, prefix: &str) -> Self {
        let alias = |spec: &RouteSpec| {
            let path = spec.path.strip_prefix(prefix)?;
            let make = spec.make.clone();
            let make = Arc::new(move || allow_any_origin(make()));
            Some(RouteSpec { path, access: Access::Open, make, ..spec.clone() })
        };
        let aliases: Vec<RouteSpec> = self.specs.iter().filter_map(alias).collect();
        self.aliases.extend(aliases.iter().map(|alias| alias.path));
        self.specs.extend(aliases);
        self
    }
}

/// The response to a preflight for any alias.
pub fn preflight() -> HttpResponse {
    HttpResponse::build(StatusCode::NO_CONTENT)
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, HEADERS))
        .finish()
}

fn allow_any_origin(route: Route) -> Route {
    route.wrap(from_fn(add_origin_header))
}

async fn add_origin_header<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut response = next.call(req).await?;
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    Ok(response)
}
