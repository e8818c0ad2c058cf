//! `/v1/eligibility-areas`: named areas, and whether places lie in one.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use kit::{
    db::Conn,
    http::{
        conditional::IfMatch,
        extract::{Caller, Json},
        idempotency::{KeyedReply, Once},
        page::{Page, PageRequest},
        problem::{FieldError, Problem},
        reply::Reply,
    },
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
use crate::{app::App, error::Error};

/// Largest body, in bytes: lists of postcodes and drawn shapes are long. The gateway has the same bound.
const MAX_BODY: usize = 256 * 1024;

/// An area without its definition, which may be long.
#[derive(Serialize)]
pub(crate) struct Summary {
    id: Uuid,
    name: String,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub(crate) struct AreaView {
    #[serde(flatten)]
    summary: Summary,
    area: Definition,
}

/// The answers, and the version of the rules that they were made by.
#[derive(Serialize)]
pub(crate) struct Answers {
    version: i32,
    data: Vec<Value>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<Summary>>, Problem> {
    let areas = app
        .db
        .tx("eligibility.list", caller.tenant_id, async |conn| store::page(conn, page).await)
        .await?;
    Ok(Reply::ok(page.page(areas, |area| area.id).map(|area| Summary::of(&area))))
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
        ask::valid(&app, definition).await?;
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
) -> Result<Reply<Answers>, Problem> {
    let area = find(&app, &caller, *id).await?;
    let places = body?.value.places;
    if places.is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("/places", "required", "is empty")]));
    }
    let data = ask::answers(&app, &area.definition, places).await?;
    Ok(Reply::ok(Answers { version: area.version, data }))
}

async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Area, Error> {
    let read = async |conn: &mut Conn| store::by_id(conn, id).await;
    app.db.tx("eligibility.get", caller.tenant_id, read).await?.ok_or(Error::NoSuchArea)
}

fn reply(area: Area) -> Reply<AreaView> {
    let version = area.version;
    Reply::ok(AreaView::from(area)).version(version)
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
