//! The public total, cached by whoever likes, and the organisation's figures by constituency.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, Responder,
    web::{Data, Path},
};
use kit::{
    extract::Caller,
    http::conditional::{self, version_tag},
    problem::Problem,
};
use serde::Serialize;
use uuid::Uuid;

use super::store;
use crate::{app::App, campaigns, error::Error};

/// A public figure may be this old.
pub(crate) const CACHE_CONTROL: &str = "public, max-age=5";

#[derive(Serialize)]
struct TotalView {
    campaign_id: Uuid,
    total: i64,
}

#[derive(Serialize)]
struct CountersView {
    campaign_id: Uuid,
    total: i64,
    by_constituency: Vec<CountView>,
}

#[derive(Serialize)]
struct CountView {
    constituency: String,
    count: i64,
}

pub(crate) async fn total(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let campaign_id = app.campaigns.published(&app.db, caller.tenant_id, *id).await?.campaign.id;
    let total = app
        .db
        .tx("counters.total", caller.tenant_id, async |conn| -> Result<_, Error> {
            Ok(store::total(conn, campaign_id).await?)
        })
        .await?;
    let full = |ok: &mut HttpResponseBuilder| ok.json(TotalView { campaign_id, total });
    Ok(conditional::respond(&request, version_tag(total), Some(CACHE_CONTROL), full))
}

pub(crate) async fn by_constituency(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let rows = app
        .db
        .tx("counters.by_constituency", caller.tenant_id, async |conn| -> Result<_, Error> {
            campaigns::store::by_id(conn, *id).await?.ok_or(Error::NoSuchCampaign)?;
            Ok(store::by_constituency(conn, *id).await?)
        })
        .await?;
    let total = rows.iter().map(|(_, count)| count).sum();
    let by_constituency =
        rows.into_iter().map(|(constituency, count)| CountView { constituency, count }).collect();
    Ok(HttpResponse::Ok().json(CountersView { campaign_id: *id, total, by_constituency }))
}
