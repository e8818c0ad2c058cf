//! `/openapi.json` and `/docs`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    web::Data,
};

use crate::{app::App, edge, pages};

/// It changes with a release.
const CACHE: &str = "public, max-age=300";

/// `GET /openapi.json`
pub(crate) async fn document(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| {
        let known = req.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let mut answer = if known == Some(&app.document.etag) {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        answer
            .insert_header((CACHE_CONTROL, CACHE))
            .insert_header((ETAG, app.document.etag.as_str()));
        if known == Some(&app.document.etag) {
            return Ok(answer.finish());
        }
        answer.insert_header((CONTENT_TYPE, "application/json"));
        Ok(answer.body(app.document.json.clone()))
    })
    .await
}

/// `GET /docs`
pub(crate) async fn docs(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| {
        Ok(pages::http::page(&app, StatusCode::OK, app.renderer.docs(&app.document.groups)))
    })
    .await
}
