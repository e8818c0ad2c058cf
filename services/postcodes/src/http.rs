//! What the routes of several nouns share: work that takes longer than a look-up, and responses that a client may cache.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};
use kit::http::{
    conditional::{self, content_tag},
    problem::Problem,
};

use crate::{app::App, data::Edition, error::Error};

/// How long a client may cache an outline without asking again, in seconds; new ones come with a new file.
const CACHE_CONTROL: &str = "private, max-age=3600";

/// Runs work on the data on a thread for blocking work, so that the threads of requests stay free.
pub(crate) async fn run_blocking<T, E>(
    app: Data<App>,
    work: impl FnOnce(&Edition) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + From<Problem> + Send + 'static,
{
    let result = web::block(move || work(&*app.data()?)).await;
    result.map_err(|error| Problem::internal(&error.into()))?
}

/// A response with its `ETag`; 304 if the client has this content already.
pub(crate) fn cacheable(
    request: &HttpRequest,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> HttpResponse {
    let body = body.into();
    let tag = content_tag(&body);
    conditional::respond(request, tag, Some(CACHE_CONTROL), |ok| {
        ok.content_type(content_type).body(body)
    })
}
