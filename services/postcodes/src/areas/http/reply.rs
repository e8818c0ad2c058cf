//! Work that takes longer than a look-up, and responses that a client may cache.

use actix_web::{HttpRequest, HttpResponse, web};
use kit::http::{
    conditional::{self, content_tag},
    problem::Problem,
};

use crate::{app::App, data::Data};

/// How long a client may cache an outline without asking again, in seconds; new ones come with a new file.
const CACHE_CONTROL: &str = "private, max-age=3600";

/// Does work on the data beside the threads that answer requests.
pub(crate) async fn beside<T: Send + 'static>(
    app: web::Data<App>,
    work: impl FnOnce(&Data) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = web::block(move || work(&*app.data()?)).await;
    done.map_err(|error| Problem::internal(&error.into()))?
}

/// A response with its `ETag`, or 304 to whoever has this content already.
pub(crate) fn kept(
    request: &HttpRequest,
    content_type: &'static str,
    body: web::Bytes,
) -> HttpResponse {
    let tag = content_tag(&body);
    conditional::respond(request, tag, Some(CACHE_CONTROL), |ok| {
        ok.content_type(content_type).body(body)
    })
}
