//! `/v1/audit`: changes to the caller's organisation, newest first.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use kit::http::{
    extract::Caller,
    page::{Page, PageRequest},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use uuid::Uuid;

use super::{domain::ActorKind, store};
use crate::{app::App, users};

#[derive(Serialize)]
pub(crate) struct EntryView {
    id: Uuid,
    actor_kind: String,
    actor_id: Uuid,
    /// Null for keys and operators, and once the person is erased.
    actor_name: Option<String>,
    action: String,
    object_kind: String,
    object_id: Uuid,
    at: DateTime<Utc>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<EntryView>>, Problem> {
    let tenant_id = caller.tenant_id;
    let entries = app
        .db
        .tx("audit.list", tenant_id, async |conn| store::page(conn, tenant_id, page).await)
        .await?;
    let users = entries.iter().filter(|entry| entry.actor_kind == ActorKind::User.as_str());
    let users = users.map(|entry| entry.actor_id).collect();
    let profiles = users::workflow::profiles(&app, tenant_id, users).await?;
    Ok(Reply::ok(page.page(entries, |entry| entry.id).map(|entry| EntryView {
        id: entry.id,
        actor_kind: entry.actor_kind,
        actor_id: entry.actor_id,
        actor_name: profiles.get(&entry.actor_id).map(|profile| profile.name.clone()),
        action: entry.action,
        object_kind: entry.object_kind,
        object_id: entry.object_id,
        at: entry.at,
    })))
}
