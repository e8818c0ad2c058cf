//! `GET /v1/campaigns/{id}/export.csv`: streamed, so that a large campaign needs little memory.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method,
        header::{self, HeaderName},
    },
    web::{Bytes, Data, Path, Query},
};
use futures_util::{Stream, stream};
use kit::{
    db::Conn,
    http::{extract::Caller, problem::Problem},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    domain, ops,
    store::Disclosure,
    workflow::{self, Progress},
};
use crate::app::App;

/// Names the download, so that it can go on.
const EXPORT_ID: HeaderName = HeaderName::from_static("export-id");

/// Where an interrupted download goes on.
#[derive(Deserialize)]
pub(crate) struct ExportQuery {
    /// The `Export-Id` of the download.
    export: Option<Uuid>,
    /// The action of the last whole line that was received.
    after: Option<Uuid>,
}

/// HEAD opens nothing, and so records nothing.
pub(crate) async fn download(
    app: Data<App>,
    caller: Caller,
    request: HttpRequest,
    id: Path<Uuid>,
    query: Query<ExportQuery>,
) -> Result<HttpResponse, Problem> {
    let (tenant_id, campaign_id) = (caller.tenant_id, *id);
    if request.method() == Method::HEAD {
        let check = async |conn: &mut Conn| ops::check_campaign(conn, campaign_id).await;
        app.db.tx("exports.check", tenant_id, check).await?;
        return Ok(csv().finish());
    }
    let disclosure = disclosure(&app, &caller, campaign_id);
    let begin = async |conn: &mut Conn| ops::begin(conn, disclosure, query.export).await;
    let disclosure_id = app.db.tx("exports.begin", tenant_id, begin).await?;
    let after = query.after.unwrap_or_default();
    let progress = Progress { tenant_id, campaign_id, disclosure_id, after };
    let first = query.after.is_none().then(|| domain::header_line().into());
    let mut response = csv();
    response.insert_header((EXPORT_ID, disclosure_id.to_string()));
    Ok(response.streaming(Box::pin(lines(app, progress, first))))
}

fn csv() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"actions.csv\""));
    response
}

/// The first line, if there is one, then the others. An error cuts the stream, so that a part of the file does not look
/// whole.
fn lines(
    app: Data<App>,
    progress: Progress,
    first: Option<Bytes>,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::try_unfold((app, progress, first), |(app, mut progress, first)| async {
        if let Some(first) = first {
            return Ok(Some((first, (app, progress, None))));
        }
        let lines = workflow::next(&app, &mut progress).await?;
        Ok(lines.map(|lines| (Bytes::from(lines), (app, progress, None))))
    })
}

fn disclosure(app: &App, caller: &Caller, campaign_id: Uuid) -> Disclosure {
    Disclosure {
        id: app.kit.ids.next(),
        tenant_id: caller.tenant_id,
        campaign_id,
        actor_id: caller.actor_id.clone(),
        actor_kind: caller.actor_kind.clone(),
        fields: domain::COLUMNS.join(","),
        rows: 0,
        begun_at: app.kit.clock.now(),
    }
}
