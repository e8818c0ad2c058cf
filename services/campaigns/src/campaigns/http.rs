//! `/v1/campaigns`: the organisation's own view of its campaigns.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kit::http::{
    conditional::IfMatch,
    extract::{Caller, Json},
    idempotency::{KeyedReply, Once},
    page::{Page, PageRequest},
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
use crate::{app::App, error::Error};

pub(crate) mod public;

#[derive(Serialize)]
pub(crate) struct CampaignView {
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
    page: PageRequest,
) -> Result<Reply<Page<CampaignView>>, Problem> {
    let campaigns = app
        .db
        .tx("campaigns.list", caller.tenant_id, async |conn| store::page(conn, page).await)
        .await?;
    Ok(Reply::ok(page.page(campaigns, |campaign| campaign.id).map(CampaignView::from)))
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
        Ok(reply(campaign).created_at(format!("/v1/campaigns/{id}")))
    })
    .await
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<CampaignView>, Problem> {
    let campaign = app
        .db
        .tx("campaigns.get", caller.tenant_id, async |conn| store::by_id(conn, *id).await)
        .await?
        .ok_or(Error::NoSuchCampaign)?;
    Ok(reply(campaign))
}

pub(crate) async fn update(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    expected: IfMatch,
    body: Json<CampaignRequest>,
) -> Result<Reply<CampaignView>, Problem> {
    let change = body.value.into_change()?;
    let campaign = app
        .db
        .tx("campaigns.update", caller.tenant_id, async |conn| {
            ops::update(conn, *id, &expected, change).await
        })
        .await?;
    Ok(reply(campaign))
}

pub(crate) async fn publish(
    app: Data<App>,
    caller: Caller,
    once: Once,
    id: Path<Uuid>,
) -> Result<KeyedReply, Problem> {
    let stamp = stamp(&app);
    let done = once
        .tx("campaigns.publish", async |conn| -> Result<_, Error> {
            Ok(reply(ops::publish(conn, *id, stamp).await?))
        })
        .await?;
    announce(&app, caller.tenant_id, *id);
    Ok(done)
}

pub(crate) async fn close(
    app: Data<App>,
    caller: Caller,
    once: Once,
    id: Path<Uuid>,
) -> Result<KeyedReply, Problem> {
    let stamp = stamp(&app);
    let done = once
        .tx("campaigns.close", async |conn| -> Result<_, Error> {
            Ok(reply(ops::close(conn, *id, stamp).await?))
        })
        .await?;
    announce(&app, caller.tenant_id, *id);
    Ok(done)
}

fn stamp(app: &App) -> Stamp {
    Stamp { event_id: app.kit.ids.next(), now: app.kit.clock.now() }
}

fn announce(app: &App, tenant_id: Uuid, id: Uuid) {
    app.campaigns.forget(tenant_id, id);
    app.kit.relay.wake();
}

fn reply(campaign: Campaign) -> Reply<CampaignView> {
    let version = campaign.version;
    Reply::ok(CampaignView::from(campaign)).version(version)
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
