//! `folkmoot migrate`: with an administrator or without one, any number at once, several installations on one cluster.

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use futures_util::future::join_all;
use kit::{
    EmbeddedMigrations,
    db::{Conn, Db, DbConfig, migrate},
    embed_migrations,
    id::Ids,
    secret::Secret,
    service::Service as _,
};
use testkit::sql::count;

use crate::{
    notes::{self, Notes},
    support,
};

mod locks;
mod refusals;
mod released;

/// A later migration, which needs a lock on `notes` and makes another table of tenants.
const MORE: EmbeddedMigrations = embed_migrations!("tests/it/migrate/more");

/// An installation whose names no other test uses, and which SQL must quote.
struct Installation(String);

fn url(role: &str, database: &str) -> Secret {
    let mut url = url::Url::parse(&testkit::setting("DATABASE_URL")).unwrap();
    url.set_username(role).unwrap();
    url.set_password(Some("test")).unwrap();
    url.set_path(database);
    Secret::new(url.to_string())
}

impl Installation {
    fn new() -> Self {
        Self(format!("M-{}", Ids.next().simple()))
    }

    /// How the service reaches its schema, with the default worker.
    fn config(&self) -> DbConfig {
        DbConfig::new(url(&format!("{}-notes", self.0), &self.0), 2).unwrap()
    }

    /// The URL of a new role that may create roles and databases, as providers of databases give it to their customers.
    async fn administrator(&self, name: &str) -> Secret {
        let role = format!("{}-{name}", self.0);
        let create = format!("CREATE ROLE \"{role}\" LOGIN CREATEROLE CREATEDB PASSWORD 'test'");
        support::admin().await.batch_execute(&create).await.unwrap();
        url(&role, "postgres")
    }

    /// Creates roles and a database, as an operator does without us; `worker` is the rest of the worker's name.
    async fn by_hand(&self, worker: &str) -> DbConfig {
        let config = DbConfig { worker_role: format!("{}-{worker}", self.0), ..self.config() };
        let mut admin = support::admin().await;
        let (login, worker) = (format!("\"{}-notes\"", self.0), &config.worker_role);
        for step in [
            format!("CREATE ROLE \"{worker}\" NOLOGIN"),
            format!("CREATE ROLE {login} LOGIN NOINHERIT PASSWORD 'test' IN ROLE \"{worker}\""),
            format!("CREATE DATABASE \"{}\" OWNER {login}", self.0),
        ] {
            admin.batch_execute(&step).await.unwrap();
        }
        config
    }
}

async fn login(config: &DbConfig) -> AsyncPgConnection {
    let mut conn = AsyncPgConnection::establish(config.url.expose()).await.unwrap();
    conn.batch_execute("SET search_path = notes").await.unwrap();
    conn
}

/// Panics unless a tenant sees its own rows and the worker all.
async fn assert_isolated(config: &DbConfig) {
    let db = Db::new(Notes::NAME, config).unwrap();
    migrate::check(&db, notes::MIGRATIONS).await.unwrap();
    let read = async |conn: &mut Conn| notes::texts(conn).await;
    for (tenant_id, text) in [(Ids.next(), "a's"), (Ids.next(), "b's")] {
        let write = async |conn: &mut Conn| notes::insert(conn, Ids.next(), tenant_id, text).await;
        db.tx("test.write", tenant_id, write).await.unwrap();
        assert_eq!(db.tx("test.read", tenant_id, read).await.unwrap(), [text]);
    }
    assert_eq!(db.system_tx("test.read", read).await.unwrap(), ["a's", "b's"]);
    assert_eq!(notes::texts(&mut login(config).await).await.unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_need_not_be_a_superuser() {
    let installation = Installation::new();
    let (admin, config) = (installation.administrator("admin").await, installation.config());
    migrate::prepare(Notes::NAME, &admin, &config).await.unwrap();
    migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
    assert_isolated(&config).await;

    let joined = format!(
        "SELECT count(*) FROM pg_auth_members WHERE roleid = '\"{0}-notes\"'::regrole
           AND member = '\"{0}-admin\"'::regrole AND NOT admin_option",
        installation.0
    );
    let left = count(&mut support::admin().await, &joined).await;
    assert_eq!(left, 0, "the administrator is no longer a member of the service's role");

    let other = installation.administrator("colleague").await;
    migrate::prepare(Notes::NAME, &other, &config).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_sets_a_changed_password() {
    let installation = Installation::new();
    let (admin, mut config) = (installation.administrator("admin").await, installation.config());
    migrate::prepare(Notes::NAME, &admin, &config).await.unwrap();
    config.url = Secret::new(config.url.expose().replace(":test@", ":changed@"));
    migrate::prepare(Notes::NAME, &admin, &config).await.unwrap();
    migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_administrator_roles_of_any_name_are_used() {
    let config = Installation::new().by_hand("background jobs").await;
    migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
    migrate::migrate(Notes::NAME, &config, MORE).await.unwrap();
    assert_isolated(&config).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_may_be_created_by_somebody_else() {
    let installation = Installation::new();
    let config = installation.by_hand("worker").await;
    let mut admin = {
        let url = testkit::setting("DATABASE_URL");
        let mut url = url::Url::parse(&url).unwrap();
        url.set_path(&installation.0);
        AsyncPgConnection::establish(url.as_str()).await.unwrap()
    };
    let handed_over = format!(
        "ALTER DATABASE \"{0}\" OWNER TO CURRENT_USER; CREATE SCHEMA notes AUTHORIZATION \"{0}-notes\"",
        installation.0
    );
    admin.batch_execute(&handed_over).await.unwrap();
    migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
    assert_isolated(&config).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_runs_at_once_one_migrates_and_all_succeed() {
    let installation = Installation::new();
    let (admin, config) = (installation.administrator("admin").await, installation.config());
    let elsewhere = Secret::new(admin.expose().replace("/postgres", "/folkmoot"));
    let runs = [&admin, &elsewhere, &admin, &elsewhere, &admin, &elsewhere].map(async |admin| {
        migrate::prepare(Notes::NAME, admin, &config).await?;
        migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await
    });
    let mut ran: Vec<usize> =
        join_all(runs).await.into_iter().map(|run| run.unwrap().len()).collect();
    ran.sort_unstable();
    assert_eq!(ran, [0, 0, 0, 0, 0, 5]);
    assert_isolated(&config).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_share_a_cluster() {
    let (first, second) = (Installation::new(), Installation::new());
    let admin = Secret::new(testkit::setting("DATABASE_URL"));
    for config in [first.config(), second.config()] {
        migrate::prepare(Notes::NAME, &admin, &config).await.unwrap();
        migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
        assert_isolated(&config).await;
    }
    let mut stranger = DbConfig::new(url(&format!("{}-notes", second.0), &first.0), 1).unwrap();
    stranger.worker_role.clone_from(&first.config().worker_role);
    let refused = migrate::migrate(Notes::NAME, &stranger, notes::MIGRATIONS).await.unwrap_err();
    assert!(format!("{refused:#}").contains("permission denied to set role"), "{refused:#}");
}
