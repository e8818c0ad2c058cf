//! The handlers of the service under test.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    events::outbox,
    http::{
        extract::{Caller, CallingService, Json},
        idempotency::{KeyedReply, Once},
        page::PageRequest,
        problem::Problem,
        reply::Reply,
    },
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{App, NoteWritten, insert, notes, texts};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    text: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tag {
    name: String,
}

pub(super) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<NewNote>,
) -> Result<KeyedReply, Problem> {
    let tags: Vec<&str> = body.value.tags.iter().map(|tag| tag.name.as_str()).collect();
    let text = format!("{}{}", body.value.text, tags.concat());
    let id = app.kit.ids.next();
    let reply = once
        .tx("note.create", async |conn| -> Result<_, Problem> {
            insert(conn, id, caller.tenant_id, &text).await?;
            let written = NoteWritten { note_id: id, number: 1 };
            outbox::push(conn, app.kit.ids.next(), caller.tenant_id, &written).await?;
            fail_when_broken(&app)?;
            let reply = Reply::ok(json!({ "id": id, "text": text }));
            Ok(reply.created_at(format!("/v1/notes/{id}")))
        })
        .await?;
    app.kit.relay.wake();
    Ok(reply)
}

/// Creates a note in two transactions. While the app is `broken`, it fails between them.
pub(super) async fn create_stepwise(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<NewNote>,
) -> Result<KeyedReply, Problem> {
    let id = app.kit.ids.next();
    let id: Uuid = once
        .begin("note.begin", async |conn| -> Result<_, DbError> {
            insert(conn, id, caller.tenant_id, &body.value.text).await?;
            Ok(id)
        })
        .await?;
    fail_when_broken(&app)?;
    let attempt = app.attempts.fetch_add(1, Ordering::Relaxed);
    once.finish(Reply::created(json!({ "id": id, "attempt": attempt }))).await
}

fn fail_when_broken(app: &App) -> Result<(), Problem> {
    if AtomicBool::load(&app.broken, Ordering::Relaxed) {
        return Err(Problem::conflict("broken", "The service is broken"));
    }
    Ok(())
}

pub(super) async fn list(
    app: Data<App>,
    caller: Caller,
    _page: PageRequest,
) -> Result<HttpResponse, Problem> {
    let texts = app.db.tx("note.list", caller.tenant_id, async |conn| texts(conn).await).await?;
    Ok(HttpResponse::Ok().json(json!({ "data": texts })))
}

pub(super) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    let find = async |conn: &mut Conn| -> Result<Option<String>, DbError> {
        Ok(notes::table.find(id).select(notes::text).first(conn).await.optional()?)
    };
    let text = app.db.tx("note.get", caller.tenant_id, find).await?;
    let text = text.ok_or_else(|| Problem::not_found("note"))?;
    Ok(HttpResponse::Ok().json(json!({ "text": text })))
}

pub(super) async fn hello(service: CallingService) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "caller": service.0 }))
}
