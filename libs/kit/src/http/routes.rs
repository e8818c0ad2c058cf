//! Routes as data: URL, who may call, handler. The same table serves production, the docs check and the refusal tests.

use std::sync::Arc;

use actix_web::{
    FromRequest, Handler, Resource, Responder, Route,
    body::BoxBody,
    dev::{HttpServiceFactory, ServiceRequest},
    http::Method,
    middleware::{Next, from_fn},
    web::{self, ServiceConfig},
};

use crate::{
    auth::verifier::Verifier,
    http::{
        idempotency::{KeyedReply, Store},
        observe,
        problem::Problem,
    },
};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A gateway token with a tenant and this scope.
    Scope(&'static str),
    /// One of these services, with its workload credential. Gateway tokens are refused.
    Services(&'static [&'static str]),
    /// Anybody; for the gateway's own surface, which checks for itself.
    Open,
}

type MakeRoute = Arc<dyn Fn() -> Route + Send + Sync>;

mod fallback;
mod guard;
mod public_aliases;
mod replay;
mod spelling;
mod tree;

pub use public_aliases::preflight;

/// One line of the table.
#[derive(Clone)]
pub struct RouteSpec {
    /// HTTP method.
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Who may call.
    pub access: Access,
    /// Whether it acts once per `Idempotency-Key`.
    pub keyed: bool,
    make: MakeRoute,
}

/// A service's routing table; built in its `routes.rs`, which holds nothing else.
#[derive(Clone, Default)]
pub struct Routes {
    specs: Vec<RouteSpec>,
    fallback: Option<MakeRoute>,
    other_methods: Option<MakeRoute>,
    store: Option<Store>,
    /// Paths that are public aliases of others.
    aliases: Vec<&'static str>,
    /// Paths that are matched in any spelling.
    lenient: Vec<&'static str>,
}

impl Routes {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a GET route, which answers HEAD too.
    #[must_use]
    pub fn get<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, access, handler)
    }

    /// Adds a POST route that writes: its handler acts once per `Idempotency-Key`, through
    /// [`Once`](crate::http::idempotency::Once), which alone makes the [`KeyedReply`] it must return.
    #[must_use]
    pub fn post<F, Args>(mut self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args, Output = Result<KeyedReply, Problem>> + Send + Sync,
        Args: FromRequest + 'static,
    {
        self = self.add(Method::POST, path, access, handler);
        if let Some(spec) = self.specs.last_mut() {
            spec.keyed = true;
        }
        self
    }

    /// Adds a POST route that only reads: it is a POST for its body, and may be repeated freely.
    #[must_use]
    pub fn query<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, access, handler)
    }

    /// Adds a POST route that writes and takes no idempotency key: an internal one, or one whose line says why.
    #[must_use]
    pub fn unkeyed_post<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, access, handler)
    }

    /// Adds a PATCH route.
    #[must_use]
    pub fn patch<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::PATCH, path, access, handler)
    }

    /// Adds a DELETE route.
    #[must_use]
    pub fn delete<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::DELETE, path, access, handler)
    }

    /// Adds a route of any method, without idempotency keys.
    #[must_use]
    pub fn add<F, Args>(
        mut self,
        method: Method,
        path: &'static str,
        access: Access,
        handler: F,
    ) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let (on, to) = (method.clone(), handler);
        let make: MakeRoute = Arc::new(move || fallback::on_method(&on).to(to.clone()));
        self.specs.push(RouteSpec { method, path, access, keyed: false, make });
        self
    }

    /// Answers every path that the table does not have, and every method that a public alias does not have; without one,
    /// [`Problem::not_found`] does.
    #[must_use]
    pub fn fallback<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.fallback = Some(Arc::new(move || web::to(handler.clone())));
        self
    }

    /// Matches these of the paths so far in any spelling: whatever the case of their letters, and with slashes at the end.
    #[must_use]
    pub fn in_any_spelling(mut self, includes: impl Fn(&str) -> bool) -> Self {
        for spec in &self.specs {
            if includes(spec.path) && !self.lenient.contains(&spec.path) {
                self.lenient.push(spec.path);
            }
        }
        self
    }

    /// Answers the methods that a path of the table does not have; without one, a 405 that names those it has does.
    #[must_use]
    pub fn for_other_methods<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.other_methods = Some(Arc::new(move || web::to(handler.clone())));
        self
    }

    /// Adds another table's lines.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.specs.extend(other.specs);
        self.fallback = self.fallback.or(other.fallback);
        self.other_methods = self.other_methods.or(other.other_methods);
        self.aliases.extend(other.aliases);
        self.lenient.extend(other.lenient);
        self
    }

    /// Gives keyed routes the place for their keys.
    pub(crate) fn keyed_in(mut self, store: Option<Store>) -> Self {
        self.store = store;
        self
    }

    /// The table.
    pub fn specs(&self) -> &[RouteSpec] {
        &self.specs
    }

    /// Puts the table into an actix app, each route behind its guard. A known path with another method answers 405.
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
        let unmatched = from_fn(move |req, next| observe::observe(service, "unmatched", req, next));
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
            guard::guarded(route, spec.access, verifier.clone())
        })
    }

    /// All lines of one path; `below` is what its scope leaves to match.
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
