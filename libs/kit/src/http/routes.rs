//! The routing table: path, access and handler of each route. Production, `cargo xtask tidy` and tests of access use it.

use std::sync::Arc;

use actix_web::{FromRequest, Handler, Responder, Route, http::Method, web};

use crate::http::{
    idempotency::{KeyedReply, Store},
    problem::Problem,
};

mod application;
mod fallback;
mod guard;
mod public_aliases;
mod replay;
mod spelling;
mod tree;

pub use public_aliases::preflight;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A gateway token with a tenant and this scope.
    Scope(&'static str),
    /// One of these services, with its workload credential. Gateway tokens are refused.
    Services(&'static [&'static str]),
    /// Anybody. For the gateway's own routes, which check callers themselves, and for public data.
    Open,
}

type MakeRoute = Arc<dyn Fn() -> Route + Send + Sync>;

/// One route of the table.
#[derive(Clone)]
pub struct RouteSpec {
    pub method: Method,
    /// The path with its parameters, e.g. `/v1/campaigns/{id}`.
    pub path: &'static str,
    pub access: Access,
    /// Whether it takes an `Idempotency-Key`.
    pub keyed: bool,
    make: MakeRoute,
}

/// The routing table of a service; built in its `routes.rs`, which has nothing else.
#[derive(Clone, Default)]
pub struct Routes {
    specs: Vec<RouteSpec>,
    fallback: Option<MakeRoute>,
    other_methods: Option<MakeRoute>,
    store: Option<Store>,
    /// Paths that are public aliases of others.
    aliases: Vec<&'static str>,
    /// Paths that are matched in any case and with any number of trailing slashes.
    lenient: Vec<&'static str>,
}

impl Routes {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a GET route, which also handles HEAD.
    #[must_use]
    pub fn get<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, access, handler)
    }

    /// Adds a POST route that acts once per `Idempotency-Key`: its handler must return a [`KeyedReply`], which only
    /// [`Once`](crate::http::idempotency::Once) can make.
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

    /// Adds a POST route that only reads, and is a POST because it needs a body. It may be repeated freely.
    #[must_use]
    pub fn query<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, access, handler)
    }

    /// Adds a POST route that writes without an idempotency key: an internal one, or one whose line says why.
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

    /// Adds a route of any method, without an idempotency key.
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

    /// Handles the paths that the table does not have, and the methods that a public alias does not have. The default is
    /// a [`Problem::not_found`].
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

    /// Matches some of the paths so far in any case and with any number of trailing slashes.
    #[must_use]
    pub fn match_leniently(mut self, includes: impl Fn(&str) -> bool) -> Self {
        for spec in &self.specs {
            if includes(spec.path) && !self.lenient.contains(&spec.path) {
                self.lenient.push(spec.path);
            }
        }
        self
    }

    /// Handles the methods that a path of the table does not have. The default is a 405 that lists those it has.
    #[must_use]
    pub fn method_fallback<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.other_methods = Some(Arc::new(move || web::to(handler.clone())));
        self
    }

    /// Adds the routes of another table.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.specs.extend(other.specs);
        self.fallback = self.fallback.or(other.fallback);
        self.other_methods = self.other_methods.or(other.other_methods);
        self.aliases.extend(other.aliases);
        self.lenient.extend(other.lenient);
        self
    }

    /// Sets where the idempotency keys are stored.
    pub(crate) fn with_idempotency_store(mut self, store: Option<Store>) -> Self {
        self.store = store;
        self
    }

    /// The routes in the order in which they were added.
    pub fn specs(&self) -> &[RouteSpec] {
        &self.specs
    }
}
