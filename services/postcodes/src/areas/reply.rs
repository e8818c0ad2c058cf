//! Work that takes longer than a look-up, and answers that a client may keep.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH},
    web,
};
use kit::problem::Problem;

use crate::app::{App, Data};

/// How long a client may keep an outline without asking again, in seconds; new ones come with a new file.
const KEEP: &str = "private, max-age=3600";
/// Bytes of a hash that make an `ETag`.
const ETAG_BYTES: usize = 16;

/// Does work on the data beside the threads that answer requests.
pub async fn beside<T: Send + 'static>(
    app: web::Data<App>,
    work: impl FnOnce(&Data) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = web::block(move || work(&*app.data()?)).await;
    done.map_err(|error| Problem::internal(&error.into()))?
}

/// An answer with its `ETag`; 304 to who has it already.
pub fn kept(request: &HttpRequest, content_type: &'static str, body: web::Bytes) -> HttpResponse {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &body);
    let hash = hex::encode(hash.as_ref().get(..ETAG_BYTES).unwrap_or_default());
    let etag = format!("\"{hash}\"");
    let known = request.headers().get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| {
        known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    });
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, KEEP));
    if is_known { answer.finish() } else { answer.content_type(content_type).body(body) }
}
