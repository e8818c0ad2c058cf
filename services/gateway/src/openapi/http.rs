//! `/openapi.json` and `/docs`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::EntityTag},
    web::{Bytes, Data},
};
use kit::http::conditional;

use crate::{app::App, edge::http::serve_own, pages};

/// The description changes with a release only.
const CACHE: &str = "public, max-age=300";

/// `GET /openapi.json`
pub(crate) async fn document(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve_own(&app, &req, async |_client| {
        let tag = EntityTag::new_strong(app.document.tag.clone());
        Ok(conditional::respond(&req, tag, Some(CACHE), |ok| {
            let json = Bytes::from_owner(app.document.json.clone());
            ok.content_type("application/json").body(json)
        }))
    })
    .await
}

/// `GET /docs`
pub(crate) async fn docs(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve_own(&app, &req, async |_client| {
        Ok(pages::http::page(&app, StatusCode::OK, app.renderer.docs(&app.document.groups)))
    })
    .await
}
