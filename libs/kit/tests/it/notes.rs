//! The service under test: tenants' notes, written over HTTP or received as sealed events.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use actix_web::{HttpResponse, web};
use contracts::{
    Event, Sealed,
    keyring::{Compartment, Purpose},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kit::{
    EmbeddedMigrations,
    config::Env,
    db::{Conn, Db, DbError},
    embed_migrations,
    events::{
        consumers::{Consumers, Received},
        outbox,
    },
    http::{
        extract::{Caller, CallingService, Json},
        idempotency::{KeyedReply, Once},
        page::PageRequest,
        problem::Problem,
        reply::Reply,
        routes::{Access, Routes},
    },
    jobs::Jobs,
    keyring::sealed::{Opened, Place},
    service::{Kit, Service},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::deadlines;

diesel::table! {
    notes (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        text -> Text,
    }
}

/// A note was written; the topic is one of the suite's, so that `topics::ensure` makes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoteWritten {
    pub(crate) note_id: Uuid,
    pub(crate) number: i32,
}

impl Event for NoteWritten {
    const TYPE: &'static str = "notes.note.written.v1";
    const TOPIC: &'static str = "campaigns.messages.v1";
    fn key(&self) -> Uuid {
        self.note_id
    }
}

/// Somebody shares a note; this service receives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoteShared {
    pub(crate) subject_id: Uuid,
    pub(crate) text: Sealed<String>,
    pub(crate) trouble: Trouble,
}

/// What goes wrong in the handler while the app is `broken`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trouble {
    Nothing,
    Fails,
    Panics,
    SwallowsSqlError,
}

impl Event for NoteShared {
    const TYPE: &'static str = "notes.note.shared.v1";
    const TOPIC: &'static str = "campaigns.actions.v1";
    fn key(&self) -> Uuid {
        self.subject_id
    }
    fn subject(&self) -> Option<Uuid> {
        Some(self.subject_id)
    }
}

pub(crate) struct App {
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    pub(crate) broken: AtomicBool,
    pub(crate) tries: AtomicUsize,
    pub(crate) leased: AtomicUsize,
    pub(crate) everywhere: AtomicUsize,
    pub(crate) nudged: AtomicUsize,
    pub(crate) mended: tokio::sync::Notify,
}

pub(crate) struct Notes;

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/it/migrations");

impl Service for Notes {
    const NAME: &'static str = "notes";
    const PORT: u16 = 0;
    type Config = ();
    type App = App;

    fn config(_env: &mut Env) -> Self::Config {}

    async fn build((): (), kit: Kit) -> anyhow::Result<App> {
        let db = kit.db()?;
        let [tries, leased, everywhere, nudged] = [const { AtomicUsize::new(0) }; 4];
        let (broken, mended) = (AtomicBool::new(false), tokio::sync::Notify::new());
        Ok(App { kit, db, broken, tries, leased, everywhere, nudged, mended })
    }

    fn routes() -> Routes {
        Routes::new()
            .post("/v1/notes", Access::Scope("notes:write"), create)
            .get("/v1/notes", Access::Scope("notes:read"), list)
            .get("/v1/notes/{id}", Access::Scope("notes:read"), show)
            .post("/v1/stepwise-notes", Access::Scope("notes:write"), create_stepwise)
            .unkeyed_post("/v1/slow", Access::Scope("notes:write"), deadlines::slow)
            .unkeyed_post("/v1/slower", Access::Scope("notes:write"), deadlines::slower)
            .get("/internal/v1/hello", Access::Services(&["gateway"]), hello)
    }

    fn migrations() -> Option<EmbeddedMigrations> {
        Some(MIGRATIONS)
    }

    fn consumers() -> Consumers<App> {
        Consumers::new()
            .on_sealed::<NoteShared>(Purpose::Record, &[Compartment::Action], shared)
            .nudging("notes.nudged")
    }

    fn jobs() -> Jobs<App> {
        let count = |counter: &AtomicUsize| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        Jobs::new()
            .every(Duration::from_millis(20), "notes.leased", async move |app: &App| {
                count(&app.leased)
            })
            .everywhere(Duration::from_millis(20), "notes.everywhere", async move |app: &App| {
                count(&app.everywhere)?;
                assert!(!AtomicBool::load(&app.broken, Ordering::Relaxed), "a job that panics");
                Ok(())
            })
            .everywhere(Duration::from_hours(1), "notes.nudged", async move |app: &App| {
                count(&app.nudged)
            })
            .every(Duration::from_hours(1), "notes.long", async |app: &App| {
                if AtomicBool::load(&app.broken, Ordering::Relaxed) {
                    app.mended.notified().await;
                }
                Ok(())
            })
    }
}

/// Inserts a note of `tenant_id`, whatever the transaction's tenant is.
pub(crate) async fn insert(
    conn: &mut Conn,
    id: Uuid,
    tenant_id: Uuid,
    text: &str,
) -> Result<(), DbError> {
    diesel::insert_into(notes::table)
        .values((notes::id.eq(id), notes::tenant_id.eq(tenant_id), notes::text.eq(text)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Every text in sight, without WHERE.
pub(crate) async fn texts(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    Ok(notes::table.select(notes::text).order(notes::text).load(conn).await?)
}

async fn shared(app: &App, conn: &mut Conn, event: Received<NoteShared>) -> anyhow::Result<()> {
    app.tries.fetch_add(1, Ordering::Relaxed);
    let place = Place::Event { kind: NoteShared::TYPE, field: "text", id: event.id };
    let text = match event.keys.open(Compartment::Action, place, &event.data.text)? {
        Opened::Value(text) => text,
        Opened::Erased => "(erased)".to_owned(),
    };
    // A row id of its own: handled twice would be seen as two rows.
    insert(conn, app.kit.ids.next(), event.tenant_id, &text).await?;
    // Not `app.broken.load(..)`: diesel has a method of that name for every type.
    if AtomicBool::load(&app.broken, Ordering::Relaxed) {
        match event.data.trouble {
            Trouble::Nothing => {}
            Trouble::Fails => anyhow::bail!("the ink is dry"),
            Trouble::Panics => panic!("the ink is spilt"),
            Trouble::SwallowsSqlError => {
                drop(diesel::sql_query("SELECT 1 / 0").execute(conn).await);
            }
        }
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewNote {
    text: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tag {
    name: String,
}

async fn create(
    app: web::Data<App>,
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
    app.kit.wake.wake();
    Ok(reply)
}

/// In two transactions; between them it fails while the app is `broken`.
async fn create_stepwise(
    app: web::Data<App>,
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
    let tried = app.tries.fetch_add(1, Ordering::Relaxed);
    once.finish(Reply::created(json!({ "id": id, "tried": tried }))).await
}

fn fail_when_broken(app: &App) -> Result<(), Problem> {
    if AtomicBool::load(&app.broken, Ordering::Relaxed) {
        return Err(Problem::conflict("dry_ink", "The ink is dry"));
    }
    Ok(())
}

async fn list(
    app: web::Data<App>,
    caller: Caller,
    _page: PageRequest,
) -> Result<HttpResponse, Problem> {
    let found = app.db.tx("note.list", caller.tenant_id, async |conn| texts(conn).await).await?;
    Ok(HttpResponse::Ok().json(json!({ "data": found })))
}

async fn show(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    let find = async |conn: &mut Conn| -> Result<Option<String>, DbError> {
        Ok(notes::table.find(id).select(notes::text).first(conn).await.optional()?)
    };
    let found = app.db.tx("note.show", caller.tenant_id, find).await?;
    let text = found.ok_or_else(|| Problem::not_found("note"))?;
    Ok(HttpResponse::Ok().json(json!({ "text": text })))
}

async fn hello(service: CallingService) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "caller": service.0 }))
}
