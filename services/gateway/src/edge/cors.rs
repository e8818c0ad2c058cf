//! CORS: a preflight carries no key, so it is answered for the origins of any live key; the request itself is held to its
//! own key's.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use kit::{client::Peer, http::origin::normalize, problem::Problem};
use serde::Deserialize;

use super::{finish, visit::Visit};
use crate::{app::App, table};

/// Origins are asked for this often.
const REFRESH: Duration = Duration::from_mins(1);
/// A failed question is not asked again sooner.
const RETRY: Duration = Duration::from_secs(1);
/// Identity answers from memory or one query.
const DEADLINE: Duration = Duration::from_secs(2);
/// Browsers may remember a preflight for this long, in seconds.
const MAX_AGE: &str = "600";
/// What pages may send.
const ALLOWED_HEADERS: &str = "authorization, content-type, accept-language, idempotency-key, if-match, if-none-match, x-request-id";
/// What pages may read besides the body.
pub(crate) const EXPOSED_HEADERS: &str =
    "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Link, Location";

/// What identity answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    Bare(Vec<String>),
    Wrapped { origins: Vec<String> },
}

#[derive(Default)]
struct Known {
    origins: Arc<HashSet<String>>,
    ask_again: Option<Instant>,
    ever: bool,
}

/// The origins of all live keys.
pub(crate) struct LiveOrigins {
    identity: Peer,
    known: RwLock<Known>,
}

impl LiveOrigins {
    pub(crate) fn new(identity: Peer) -> Self {
        Self { identity, known: RwLock::default() }
    }

    /// Whether some live key lists this origin. While identity is away the last answer holds; without one, nothing does.
    pub(crate) async fn has(&self, origin: &str) -> Result<bool, Problem> {
        self.refresh().await;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.ever {
            return Ok(known.origins.contains(&normalize(origin)));
        }
        Err(Problem::unavailable("The list of origins"))
    }

    async fn refresh(&self) {
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if known.ask_again.is_some_and(|at| now < at) {
                return;
            }
            // Others go on with what is known while one asks; the first ones have nothing to go on with.
            known.ask_again = known.ever.then(|| now + RETRY);
        }
        match self.identity.get::<Listed>("/internal/v1/origins", DEADLINE).await {
            Ok(Listed::Bare(origins) | Listed::Wrapped { origins }) => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                known.origins = Arc::new(origins.iter().map(|origin| normalize(origin)).collect());
                known.ask_again = Some(Instant::now() + REFRESH);
                known.ever = true;
            }
            Err(error) => tracing::warn!(%error, "the origins of keys are not known"),
        }
    }
}

/// Answers `OPTIONS` of every path.
pub(crate) async fn preflight(app: Data<App>, req: HttpRequest) -> HttpResponse {
    let mut visit = Visit::of(&req, &app.trusted_proxies);
    let pattern = req.match_pattern().unwrap_or_default();
    let answer = permit(&app, &req, &pattern, &mut visit).await;
    finish::finish(&app, &visit, answer).await
}

async fn permit(
    app: &App,
    req: &HttpRequest,
    pattern: &str,
    visit: &mut Visit,
) -> Result<HttpResponse, Problem> {
    super::head::check(req)?;
    let methods = methods_of(pattern);
    let is_preflight = req.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let Some(origin) = visit.origin.as_deref().filter(|_origin| is_preflight) else {
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, methods)).finish());
    };
    if !visit.open_to_all_origins && !app.origins.has(origin).await? {
        return Err(origin_refused());
    }
    visit.origin_is_the_keys = true;
    Ok(HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish())
}

/// 403: the page is on nobody's list, or not on this key's.
pub(crate) fn origin_refused() -> Problem {
    let title = "This origin is not on the key's list";
    Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed", title)
}

/// The methods of a path, for `Allow`.
pub(crate) fn methods_of(pattern: &str) -> String {
    let entries = table::table().iter().filter(|entry| entry.path == pattern);
    let methods = entries.flat_map(|entry| match entry.method.as_str() {
        "GET" => vec!["GET", "HEAD"],
        other => vec![other],
    });
    methods.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
}
