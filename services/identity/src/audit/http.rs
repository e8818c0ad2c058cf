//! `GET /v1/audit`, and who the actor of a request is.

use actix_web::{Responder, web};
use chrono::{DateTime, Utc};
use kit::http::{extract::Caller, page::PageRequest, problem::Problem};
use serde::Serialize;
use uuid::Uuid;

use super::{
    domain::{Actor, Written},
    store,
};
use crate::{app::App, users::profiles};

#[derive(Serialize)]
struct EntryView {
    id: Uuid,
    actor_kind: String,
    actor_id: Uuid,
    /// The member of staff; null for keys and operators, and once the person is erased.
    actor_name: Option<String>,
    action: String,
    object_kind: String,
    object_id: Uuid,
    at: DateTime<Utc>,
}

/// Who acts in this request; without an actor nothing is changed.
pub(crate) fn actor(caller: &Caller) -> Result<Actor, Problem> {
    Actor::parse(&caller.actor_kind, &caller.actor_id).ok_or_else(Problem::unauthorized)
}

pub(crate) async fn list(
    app: web::Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let tenant_id = caller.tenant_id;
    let entries = app
        .db
        .tx("identity.audit.page", tenant_id, async |conn| store::page(conn, tenant_id, page).await)
        .await?;
    let users = entries.iter().filter(|e| e.actor.kind == "user").map(|e| e.actor.id);
    let people = profiles::by_ids(&app, tenant_id, users.collect()).await?;
    let view = |entry: Written| EntryView {
        id: entry.id,
        actor_name: people.get(&entry.actor.id).map(|profile| profile.name.clone()),
        actor_kind: entry.actor.kind,
        actor_id: entry.actor.id,
        action: entry.action,
        object_kind: entry.object_kind,
        object_id: entry.object_id,
        at: entry.at,
    };
    let views = entries.into_iter().map(view).collect();
    Ok(web::Json(page.page(views, |entry: &EntryView| entry.id)))
}
