//! `/openapi.json` and `/docs`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use kit::http::conditional;

use crate::{app::App, edge, pages};

/// It changes with a release.
const CACHE: &str = "public, max-age=300";

/// `GET /openapi.json`
pub(crate) async fn document(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| {
        let document = &app.document;
        Ok(conditional::respond(&req, document.tag.clone(), Some(CACHE), |ok| {
            ok.content_type("application/json").body(document.json.clone())
        }))
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
