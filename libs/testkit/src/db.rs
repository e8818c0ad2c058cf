//! A separate schema for each test, used in the service's real role.

use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
};
use kit::{EmbeddedMigrations, db::DbConfig, secret::Secret};
use uuid::Uuid;

/// Password of the services' roles in the test cluster, which exists only while tests run.
const PASSWORD: &str = "test";

/// The schema of one test.
pub struct TestDb {
    /// The URL of the service's role, with the schema as its search path.
    pub url: Secret,
}

impl TestDb {
    /// Creates a schema with the tables of the kit and the service.
    pub async fn new(service: &str, migrations: EmbeddedMigrations) -> Self {
        let db = Self::empty(service).await;
        kit::db::migrate::migrate(service, &db.config(1), migrations).await.expect("migrations");
        db
    }

    /// How a service reaches the schema.
    pub fn config(&self, pool_size: usize) -> DbConfig {
        DbConfig::new(self.url.clone(), pool_size).expect("URL")
    }

    /// Creates a schema without tables, and the service's roles if they are missing.
    pub async fn empty(service: &str) -> Self {
        let admin = crate::setting("DATABASE_URL");
        let schema = format!("t_{}", kit::id::Ids.next().simple());
        let mut conn = AsyncPgConnection::establish(&admin).await.expect("admin connection");
        conn.batch_execute(&format!(
            "SELECT pg_advisory_xact_lock(815);
             DO $$ BEGIN
               IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'folkmoot_{service}') THEN
                 CREATE ROLE folkmoot_{service}_worker NOLOGIN;
                 CREATE ROLE folkmoot_{service} LOGIN NOINHERIT;
                 GRANT folkmoot_{service}_worker TO folkmoot_{service};
               END IF;
               ALTER ROLE folkmoot_{service} NOINHERIT PASSWORD '{PASSWORD}';
             END $$;
             CREATE SCHEMA {schema} AUTHORIZATION folkmoot_{service};
             GRANT USAGE ON SCHEMA {schema} TO folkmoot_{service}_worker"
        ))
        .await
        .expect("schema");
        let mut url = url::Url::parse(&admin).expect("DATABASE_URL");
        url.set_username(&format!("folkmoot_{service}")).expect("user");
        url.set_password(Some(PASSWORD)).expect("password");
        url.query_pairs_mut().append_pair("options", &format!("-csearch_path={schema}"));
        // URLs of PostgreSQL do not use `+` for a space.
        Self { url: Secret::new(url.to_string().replace('+', "%20")) }
    }

    /// A connection in the service's own role, which does not see any tenant's rows.
    pub async fn connect(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(self.url.expose()).await.expect("connection")
    }

    /// A connection that sees the rows of one tenant.
    pub async fn as_tenant(&self, tenant_id: Uuid) -> AsyncPgConnection {
        let mut conn = self.connect().await;
        conn.batch_execute(&format!("SET folkmoot.tenant = '{tenant_id}'")).await.expect("tenant");
        conn
    }

    /// A connection that sees the rows of every tenant.
    pub async fn as_worker(&self, service: &str) -> AsyncPgConnection {
        let mut conn = self.connect().await;
        conn.batch_execute(&format!("SET ROLE folkmoot_{service}_worker")).await.expect("role");
        conn
    }
}

/// A row of the outbox.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct OutboxRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub id: Uuid,
    /// The event type, e.g. `campaigns.action.confirmed.v1`.
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub kind: String,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub tenant_id: Uuid,
    /// The event as JSON.
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub payload: String,
}

/// The events in the outbox, in order.
pub async fn outbox(conn: &mut AsyncPgConnection) -> Vec<OutboxRow> {
    diesel::sql_query("SELECT id, type AS kind, tenant_id, payload FROM outbox ORDER BY seq")
        .load(conn)
        .await
        .expect("outbox")
}
