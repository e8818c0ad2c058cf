//! `/v1/eligibility-areas`: named areas, and whether places lie in one.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use kit::http::{
    conditional::IfMatch,
    extract::{Caller, Json},
    idempotency::{KeyedReply, Once},
    page::{Page, PageRequest},
    problem::{FieldError, Problem},
    reply::Reply,
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use self::request::{AreaRequest, CheckRequest};
use super::{client, domain::Area, ops, store};
use crate::{app::App, error::Error};

mod request;

/// Largest body, in bytes: lists of postcodes and drawn shapes are long. The gateway has the same bound.
const MAX_BODY: usize = 256 * 1024;

/// An area without its definition, which may be long.
#[derive(Serialize)]
pub(crate) struct AreaSummaryView {
    id: Uuid,
    name: String,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub(crate) struct AreaView {
    #[serde(flatten)]
    summary: AreaSummaryView,
    area: Value,
}

/// The results, and the version of the rules that they were made by.
#[derive(Serialize)]
pub(crate) struct CheckView {
    version: i32,
    data: Vec<Value>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<AreaSummaryView>>, Problem> {
    let areas = app
        .db
        .tx("eligibility.list", caller.tenant_id, async |conn| store::page(conn, page).await)
        .await?;
    Ok(Reply::ok(page.page(areas, |area| area.id).map(|area| AreaView::from(area).summary)))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<AreaRequest, MAX_BODY>,
) -> Result<KeyedReply, Problem> {
    let (name, definition) = body.value.into_content()?;
    client::check_definition(&app.postcodes, &definition).await?;
    let (id, now) = (app.kit.ids.next(), app.kit.clock.now());
    let area = Area::new(id, caller.tenant_id, name, definition, now);
    once.tx("eligibility.create", async |conn| -> Result<_, Error> {
        ops::create(conn, &area).await?;
        Ok(reply(area).created_at(format!("/v1/eligibility-areas/{id}")))
    })
    .await
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<AreaView>, Problem> {
    Ok(reply(find(&app, &caller, *id).await?))
}

pub(crate) async fn update(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    expected: IfMatch,
    body: Json<AreaRequest, MAX_BODY>,
) -> Result<Reply<AreaView>, Problem> {
    let change = body.value.into_change()?;
    find(&app, &caller, *id).await?;
    if let Some(definition) = &change.definition {
        client::check_definition(&app.postcodes, definition).await?;
    }
    let now = app.kit.clock.now();
    let area = app
        .db
        .tx("eligibility.update", caller.tenant_id, async |conn| {
            ops::update(conn, *id, &expected, change, now).await
        })
        .await?;
    Ok(reply(area))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    app.db
        .tx("eligibility.delete", caller.tenant_id, async |conn| ops::delete(conn, *id).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(crate) async fn check(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    body: Result<Json<CheckRequest, MAX_BODY>, Problem>,
) -> Result<Reply<CheckView>, Problem> {
    let area = find(&app, &caller, *id).await?;
    let places = body?.value.places;
    if places.is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("/places", "required", "is empty")]));
    }
    let data = client::check_places(&app.postcodes, &area.definition, places).await?;
    Ok(Reply::ok(CheckView { version: area.version, data }))
}

async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Area<Value>, Error> {
    app.db
        .tx("eligibility.get", caller.tenant_id, async |conn| store::by_id(conn, id).await)
        .await?
        .ok_or(Error::NoSuchArea)
}

fn reply(area: Area<Value>) -> Reply<AreaView> {
    let version = area.version;
    Reply::ok(AreaView::from(area)).version(version)
}

impl From<Area<Value>> for AreaView {
    fn from(area: Area<Value>) -> Self {
        let Area { id, name, version, created_at, updated_at, .. } = area;
        let summary = AreaSummaryView { id, name, version, created_at, updated_at };
        Self { summary, area: area.definition }
    }
}
