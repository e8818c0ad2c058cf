//! The service under test. It stores tenants' notes, which are written over HTTP or received as sealed events.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

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
    events::consumers::{Consumers, Received},
    http::routes::{Access, Routes},
    jobs::Jobs,
    keyring::sealed::{Opened, SealContext},
    service::{Kit, Service},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::deadlines;

mod http;

diesel::table! {
    notes (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        text -> Text,
    }
}

/// A note was written. Its topic is one of the suite's, so that `topics::ensure` creates it.
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

/// Another service shared a note, which this service stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoteShared {
    pub(crate) subject_id: Uuid,
    pub(crate) text: Sealed<String>,
    pub(crate) trouble: Trouble,
}

/// What goes wrong in the handler of a note while the app is `broken`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trouble {
    Nothing,
    Fails,
    Panics,
    IgnoresSqlError,
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

/// The scopes of the routes.
pub(crate) const READ: &str = "notes:read";
pub(crate) const WRITE: &str = "notes:write";

pub(crate) struct App {
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    /// Whether handlers and jobs fail.
    pub(crate) broken: AtomicBool,
    /// Attempts to handle an event or to complete a stepwise note.
    pub(crate) attempts: AtomicUsize,
    /// Runs of each job.
    pub(crate) leased: AtomicUsize,
    pub(crate) everywhere: AtomicUsize,
    pub(crate) woken: AtomicUsize,
    /// Ends a run of the long job.
    pub(crate) repaired: tokio::sync::Notify,
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
        let [attempts, leased, everywhere, woken] = [const { AtomicUsize::new(0) }; 4];
        let (broken, repaired) = (AtomicBool::new(false), tokio::sync::Notify::new());
        Ok(App { kit, db, broken, attempts, leased, everywhere, woken, repaired })
    }

    fn routes() -> Routes {
        Routes::new()
            .post("/v1/notes", Access::Scope(WRITE), http::create)
            .get("/v1/notes", Access::Scope(READ), http::list)
            .get("/v1/notes/{id}", Access::Scope(READ), http::get)
            .post("/v1/stepwise-notes", Access::Scope(WRITE), http::create_stepwise)
            .unkeyed_post("/v1/slow", Access::Scope(WRITE), deadlines::slow)
            .unkeyed_post("/v1/slower", Access::Scope(WRITE), deadlines::slower)
            .get("/internal/v1/hello", Access::Services(&["gateway"]), http::hello)
    }

    fn migrations() -> Option<EmbeddedMigrations> {
        Some(MIGRATIONS)
    }

    fn consumers() -> Consumers<App> {
        Consumers::new()
            .on_sealed::<NoteShared>(Purpose::Record, &[Compartment::Action], store_shared)
            .then_wake("notes.woken")
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
            .every_replica(Duration::from_millis(20), "notes.everywhere", async move |app: &App| {
                count(&app.everywhere)?;
                assert!(!AtomicBool::load(&app.broken, Ordering::Relaxed), "the job panics");
                Ok(())
            })
            .every_worker(Duration::from_hours(1), "notes.woken", async move |app: &App| {
                count(&app.woken)
            })
            .every(Duration::from_hours(1), "notes.long", async |app: &App| {
                if AtomicBool::load(&app.broken, Ordering::Relaxed) {
                    app.repaired.notified().await;
                }
                Ok(())
            })
    }
}

/// Inserts a note of `tenant_id`, which may be another tenant than that of the transaction.
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

/// The text of every note that is visible, since there is no WHERE.
pub(crate) async fn texts(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    Ok(notes::table.select(notes::text).order(notes::text).load(conn).await?)
}

async fn store_shared(
    app: &App,
    conn: &mut Conn,
    event: Received<NoteShared>,
) -> anyhow::Result<()> {
    app.attempts.fetch_add(1, Ordering::Relaxed);
    let place = SealContext::Event { kind: NoteShared::TYPE, field: "text", id: event.id };
    let text = match event.keys.open(Compartment::Action, place, &event.data.text)? {
        Opened::Value(text) => text,
        Opened::Erased => "(erased)".to_owned(),
    };
    // The row has its own id, so that an event that is handled twice makes two rows.
    insert(conn, app.kit.ids.next(), event.tenant_id, &text).await?;
    // Not `app.broken.load(..)`: diesel adds a method of that name to every type.
    if AtomicBool::load(&app.broken, Ordering::Relaxed) {
        match event.data.trouble {
            Trouble::Nothing => {}
            Trouble::Fails => anyhow::bail!("the handler failed"),
            Trouble::Panics => panic!("the handler panicked"),
            Trouble::IgnoresSqlError => {
                drop(diesel::sql_query("SELECT 1 / 0").execute(conn).await);
            }
        }
    }
    Ok(())
}
