//! `GET /v1/campaigns/{id}/export.csv`: streamed, so that a large campaign needs little memory.

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data, Path},
};
use futures_util::{Stream, stream};
use kit::http::{extract::Caller, problem::Problem};
use uuid::Uuid;

use super::{
    domain, ops,
    store::Disclosure,
    workflow::{self, Progress},
};
use crate::app::App;

pub(crate) async fn download(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let disclosure = disclosure(&app, &caller, *id);
    app.db
        .tx("exports.begin", caller.tenant_id, async |conn| ops::begin(conn, &disclosure).await)
        .await?;
    let progress = Progress {
        tenant_id: caller.tenant_id,
        campaign_id: *id,
        disclosure_id: disclosure.id,
        after: Uuid::nil(),
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"actions.csv\""))
        .streaming(Box::pin(lines(app, progress))))
}

/// The header line, then the lines. An error after the header line cuts the stream, so that a part of the file does not
/// look whole.
fn lines(app: Data<App>, progress: Progress) -> impl Stream<Item = Result<Bytes, Problem>> {
    let header = Bytes::from(domain::line(domain::COLUMNS));
    stream::try_unfold((app, progress, Some(header)), |(app, mut progress, header)| async {
        if let Some(header) = header {
            return Ok(Some((header, (app, progress, None))));
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
