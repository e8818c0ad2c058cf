//! Builds an actix application from the routing table.

use actix_web::{
    Resource, Route,
    body::BoxBody,
    dev::{HttpServiceFactory, ServiceRequest},
    http::Method,
    middleware::{Next, from_fn},
    web::{self, ServiceConfig},
};

use super::{Routes, fallback, guard, replay, spelling, tree};
use crate::{
    auth::verifier::Verifier,
    http::{idempotency::Store, observe},
};

impl Routes {
    /// Adds all routes to an actix application, each behind its guard.
    pub(crate) fn configure(
        &self,
        config: &mut ServiceConfig,
        service: &'static str,
        verifier: &Verifier,
    ) {
        let mut paths: Vec<&'static str> = Vec::new();
        for spec in &self.specs {
            if !paths.contains(&spec.path) {
                paths.push(spec.path);
            }
        }
        let add = |config: &mut ServiceConfig, path: &'static str, below: &str| {
            config.service(self.resource(path, below, service, verifier));
        };
        tree::mount(config, &paths, 0, &add);
        let unmatched =
            from_fn(move |req, next| observe::observe(service, observe::UNMATCHED, req, next));
        let fallback = self.make_fallback().wrap(unmatched);
        let lenient = self.lenient.iter().copied().map(|path| {
            let observed = |route: Route| {
                route.wrap(from_fn(move |req, next| observe::observe(service, path, req, next)))
            };
            (path, self.guarded_routes(path, verifier).map(observed).collect())
        });
        config.default_service(spelling::or_fallback(lenient.collect(), fallback));
    }

    fn make_fallback(&self) -> Route {
        self.fallback.as_ref().map_or_else(|| web::to(fallback::no_such_path), |make| make())
    }

    /// The routes of one path, each behind its guard.
    fn guarded_routes(&self, path: &str, verifier: &Verifier) -> impl Iterator<Item = Route> {
        let specs = self.specs.iter().filter(move |spec| spec.path == path);
        specs.map(|spec| {
            let route = (spec.make)();
            let route = if spec.keyed { keyed(route, self.store.clone()) } else { route };
            guard::protect(route, spec.access, verifier.clone())
        })
    }

    /// All routes of one path; `below` is the part of it that its scope does not match.
    fn resource(
        &self,
        path: &'static str,
        below: &str,
        service: &'static str,
        verifier: &Verifier,
    ) -> impl HttpServiceFactory + 'static {
        let routes = self.guarded_routes(path, verifier);
        let resource = routes.fold(web::resource(below), Resource::route);
        let other_methods = if self.aliases.contains(&path) {
            self.make_fallback()
        } else if let Some(make) = &self.other_methods {
            make()
        } else {
            let allowed = self.allowed_methods(path);
            web::to(move || std::future::ready(fallback::method_not_allowed(&allowed)))
        };
        let observed = from_fn(move |req, next| observe::observe(service, path, req, next));
        resource.default_service(other_methods).wrap(observed)
    }

    /// The methods of one path, for `Allow`.
    fn allowed_methods(&self, path: &str) -> String {
        let mut allowed = Vec::new();
        for spec in self.specs.iter().filter(|spec| spec.path == path) {
            allowed.push(spec.method.as_str());
            allowed.extend((spec.method == Method::GET).then_some("HEAD"));
        }
        allowed.join(", ")
    }
}

fn keyed(route: Route, store: Option<Store>) -> Route {
    route.wrap(from_fn(move |req: ServiceRequest, next: Next<BoxBody>| {
        replay::replay(req, next, store.clone())
    }))
}
