//! `GET /v1/campaigns/{id}/export.csv`: streamed, so that a large campaign needs no large memory.

use actix_web::{
    HttpResponse, Responder,
    http::header,
    web::{Bytes, Data, Path},
};
use futures_util::stream;
use kit::http::{extract::Caller, problem::Problem};
use uuid::Uuid;

use super::{
    domain, ops,
    rows::{self, Progress},
    store::Disclosure,
};
use crate::app::App;

pub(crate) async fn download(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
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
    let head = Bytes::from(domain::line(domain::COLUMNS));
    // A fault after the head cuts the stream, so that no half file looks whole.
    let body = stream::try_unfold((app, progress, Some(head)), |(app, mut progress, head)| async {
        if let Some(head) = head {
            return Ok(Some((head, (app, progress, None))));
        }
        let lines = rows::next(&app, &mut progress).await.map_err(Problem::from)?;
        Ok::<_, Problem>(lines.map(|lines| (Bytes::from(lines), (app, progress, None))))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"actions.csv\""))
        .streaming(Box::pin(body)))
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
