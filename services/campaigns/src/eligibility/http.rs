//! `/v1/eligibility-areas`: named areas, and whether places lie in one.

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
    problem::{FieldError, Problem},
    reply::Reply,
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    ask,
    definition::Definition,
    domain::Area,
    ops,
    request::{AreaRequest, CheckRequest},
    store,
};
use crate::{app::App, error::Error, version};

/// Largest body, in bytes: lists of postcodes and drawn shapes are long. The gateway has the same bound.
const MAX_BODY: usize = 256 * 1024;

/// An area without its definition, which may be long.
#[derive(Serialize)]
struct Summary {
    id: Uuid,
    name: String,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct AreaView {
    #[serde(flatten)]
    summary: Summary,
    area: Definition,
}

/// The answers, and the version of the rules that they were made by.
#[derive(Serialize)]
struct Answers {
    version: i32,
    data: Vec<Value>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (limit, after) = query.parse()?;
    let areas = app
        .db
        .tx("eligibility.list", caller.tenant_id, async |conn| -> Result<_, Error> {
            Ok(store::page(conn, after, limit + 1).await?)
        })
        .await?;
    let summaries = areas.iter().map(Summary::of).collect();
    Ok(HttpResponse::Ok().json(Page::new(summaries, limit, |summary: &Summary| summary.id)))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<AreaRequest, MAX_BODY>,
) -> Result<KeyedReply, Problem> {
    let (name, definition) = body.value.into_content()?;
    ask::valid(&app, &definition).await?;
    let (id, now, tenant_id) = (app.kit.ids.next(), app.kit.clock.now(), caller.tenant_id);
    let area =
        Area { id, tenant_id, name, definition, version: 1, created_at: now, updated_at: now };
    once.tx("eligibility.create", async |conn| -> Result<_, Error> {
        store::insert(conn, &area).await?;
        Ok(shown(area).created_at(format!("/v1/eligibility-areas/{id}")))
    })
    .await
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let area = find(&app, &caller, *id).await?;
    let tag = version_tag(area.version);
    let full = |ok: &mut HttpResponseBuilder| ok.json(AreaView::from(area));
    Ok(conditional::respond(&request, tag, None, full))
}

pub(crate) async fn update(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    request: HttpRequest,
    body: Json<AreaRequest, MAX_BODY>,
) -> Result<impl Responder, Problem> {
    let expected = version::expected(&request)?;
    let change = body.value.into_change()?;
    find(&app, &caller, *id).await?;
    if let Some(definition) = &change.definition {
        ask::valid(&app, definition).await?;
    }
    let now = app.kit.clock.now();
    let area = app
        .db
        .tx("eligibility.update", caller.tenant_id, async |conn| {
            ops::amend(conn, *id, &expected, change, now).await
        })
        .await?;
    Ok(shown(area))
}

pub(crate) async fn remove(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    app.db
        .tx("eligibility.remove", caller.tenant_id, async |conn| ops::remove(conn, *id).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(crate) async fn check(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
    body: Result<Json<CheckRequest, MAX_BODY>, Problem>,
) -> Result<impl Responder, Problem> {
    let area = find(&app, &caller, *id).await?;
    let places = body?.value.places;
    if places.is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("/places", "required", "is empty")]));
    }
    let data = ask::answers(&app, &area.definition, places).await?;
    Ok(HttpResponse::Ok().json(Answers { version: area.version, data }))
}

async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Area, Error> {
    app.db
        .tx("eligibility.get", caller.tenant_id, async |conn| -> Result<_, Error> {
            store::by_id(conn, id).await?.ok_or(Error::NoSuchArea)
        })
        .await
}

fn shown(area: Area) -> Reply<AreaView> {
    let etag = version_tag(area.version);
    Reply::ok(AreaView::from(area)).header(header::ETAG, etag.to_string())
}

impl Summary {
    fn of(area: &Area) -> Self {
        Self {
            id: area.id,
            name: area.name.clone(),
            version: area.version,
            created_at: area.created_at,
            updated_at: area.updated_at,
        }
    }
}

impl From<Area> for AreaView {
    fn from(area: Area) -> Self {
        Self { summary: Summary::of(&area), area: area.definition }
    }
}
