//! The public total, which anybody may cache, and the organisation's numbers by constituency.

use actix_web::{
    http::header,
    web::{Data, Path},
};
use kit::http::{extract::Caller, problem::Problem, reply::Reply};
use serde::Serialize;
use uuid::Uuid;

use super::store::{self, ConstituencyCount};
use crate::{app::App, campaigns, error::Error};

/// A public number may be this old.
pub(crate) const CACHE_CONTROL: &str = "public, max-age=5";

#[derive(Serialize)]
pub(crate) struct TotalView {
    campaign_id: Uuid,
    total: i64,
}

#[derive(Serialize)]
pub(crate) struct CountersView {
    campaign_id: Uuid,
    total: i64,
    by_constituency: Vec<ConstituencyCount>,
}

pub(crate) async fn total(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<TotalView>, Problem> {
    let campaign_id = app.campaigns.published(&app.db, caller.tenant_id, *id).await?.campaign.id;
    let total = app.counters.total(&app.db, caller.tenant_id, campaign_id).await?;
    let view = TotalView { campaign_id, total };
    Ok(Reply::ok(view).version(total).header(header::CACHE_CONTROL, CACHE_CONTROL))
}

pub(crate) async fn by_constituency(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<CountersView>, Problem> {
    let by_constituency = app
        .db
        .tx("counters.by_constituency", caller.tenant_id, async |conn| -> Result<_, Error> {
            campaigns::store::by_id(conn, *id).await?.ok_or(Error::NoSuchCampaign)?;
            Ok(store::by_constituency(conn, *id).await?)
        })
        .await?;
    let total = by_constituency.iter().map(|it| it.count).sum();
    Ok(Reply::ok(CountersView { campaign_id: *id, total, by_constituency }))
}
