//! `/v1/campaigns`: the organisation's own face of its campaigns.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, Responder,
    http::header,
    web::{Data, Path, Query},
};
use chrono::{DateTime, Utc};
use kit::{
    extract::{Caller, Json},
    http::conditional::{self, version_tag},
    idempotency::{KeyedReply, Once},
    page::{Page, PageQuery},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    domain::{Campaign, Consent, Kind, State, Template},
    ops::{self, Stamp},
    request::CampaignRequest,
    store,
};
use crate::{app::App, error::Error, version};

#[derive(Serialize)]
struct CampaignView {
    id: Uuid,
    kind: Kind,
    state: State,
    title: String,
    body: String,
    language: String,
    controller_policy_url: String,
    message: Option<Template>,
    consents: Vec<Consent>,
    version: i32,
    created_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (limit, after) = query.parse()?;
    let campaigns = app
        .db
        .tx("campaigns.list", caller.tenant_id, async |conn| -> Result<_, Error> {
            Ok(store::page(conn, after, limit + 1).await?)
        })
        .await?;
    let views = campaigns.into_iter().map(CampaignView::from).collect();
    Ok(HttpResponse::Ok().json(Page::new(views, limit, |view: &CampaignView| view.id)))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<CampaignRequest>,
) -> Result<KeyedReply, Problem> {
    let content = body.value.into_content()?;
    let (id, now) = (app.kit.ids.next(), app.kit.clock.now());
    let campaign = Campaign::new(id, caller.tenant_id, content, now);
    once.tx("campaigns.create", async |conn| -> Result<_, Error> {
        ops::create(conn, &campaign).await?;
        Ok(shown(campaign).created_at(format!("/v1/campaigns/{id}")))
    })
    .await
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let campaign = app
        .db
        .tx("campaigns.get", caller.tenant_id, async |conn| -> Result<_, Error> {
            store::by_id(conn, *id).await?.ok_or(Error::NoSuchCampaign)
        })
        .await?;
    let tag = version_tag(campaign.version);
    let full = |ok: &mut HttpResponseBuilder| ok.json(CampaignView::from(campaign));
    Ok(conditional::respond(&request, tag, None, full))
}

pub(crate) async fn update(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    request: HttpRequest,
    body: Json<CampaignRequest>,
) -> Result<impl Responder, Problem> {
    let expected = version::expected(&request)?;
    let change = body.value.into_change()?;
    let campaign = app
        .db
        .tx("campaigns.update", caller.tenant_id, async |conn| {
            ops::amend(conn, *id, &expected, change).await
        })
        .await?;
    Ok(shown(campaign))
}

pub(crate) async fn publish(
    app: Data<App>,
    caller: Caller,
    once: Once,
    id: Path<Uuid>,
) -> Result<KeyedReply, Problem> {
    let stamp = stamp(&app);
    let reply = once
        .tx("campaigns.publish", async |conn| -> Result<_, Error> {
            Ok(shown(ops::publish(conn, *id, stamp).await?))
        })
        .await?;
    announce(&app, caller.tenant_id, *id);
    Ok(reply)
}

pub(crate) async fn close(
    app: Data<App>,
    caller: Caller,
    once: Once,
    id: Path<Uuid>,
) -> Result<KeyedReply, Problem> {
    let stamp = stamp(&app);
    let reply = once
        .tx("campaigns.close", async |conn| -> Result<_, Error> {
            Ok(shown(ops::close(conn, *id, stamp).await?))
        })
        .await?;
    announce(&app, caller.tenant_id, *id);
    Ok(reply)
}

fn stamp(app: &App) -> Stamp {
    Stamp { event_id: app.kit.ids.next(), now: app.kit.clock.now() }
}

fn announce(app: &App, tenant_id: Uuid, id: Uuid) {
    app.campaigns.forget(tenant_id, id);
    app.kit.wake.wake();
}

fn shown(campaign: Campaign) -> Reply<CampaignView> {
    let etag = version_tag(campaign.version);
    Reply::ok(CampaignView::from(campaign)).header(header::ETAG, etag.to_string())
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        Self {
            id: campaign.id,
            kind: campaign.kind,
            state: campaign.state,
            title: campaign.title,
            body: campaign.body,
            language: campaign.language,
            controller_policy_url: campaign.controller_policy_url,
            message: campaign.message,
            consents: campaign.consents,
            version: campaign.version,
            created_at: campaign.created_at,
            published_at: campaign.published_at,
            closed_at: campaign.closed_at,
        }
    }
}
