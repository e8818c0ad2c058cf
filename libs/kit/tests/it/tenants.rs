//! The database separates tenants, even if a query does not.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use kit::{
    db::{Conn, DbConfig, DbError, migrate},
    id::Ids,
    secret::Secret,
};

use crate::{notes, support};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

async fn texts(conn: &mut Conn, sql: &str) -> Result<Vec<String>, diesel::result::Error> {
    let rows: Vec<Row> = sql_query(sql).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_sees_only_rows_of_its_tenant_and_the_worker_sees_all() {
    let (schema, db) = support::pool(4).await;
    let (a, b) = (Ids.next(), Ids.next());
    for (tenant_id, text) in [(a, "a's"), (b, "b's")] {
        let write = async |conn: &mut Conn| notes::insert(conn, Ids.next(), tenant_id, text).await;
        db.tx("test.write", tenant_id, write).await.unwrap();
    }
    let read = async |conn: &mut Conn| notes::texts(conn).await;
    assert_eq!(db.tx("test.read", a, read).await.unwrap(), ["a's"]);
    assert_eq!(db.tx("test.read", b, read).await.unwrap(), ["b's"]);
    assert_eq!(db.system_tx("test.read", read).await.unwrap(), ["a's", "b's"]);
    assert_eq!(db.tx("test.read", a, read).await.unwrap(), ["a's"], "the role was reset");

    let mut bare = AsyncPgConnection::establish(schema.url.expose()).await.unwrap();
    assert_eq!(notes::texts(&mut bare).await.unwrap(), [""; 0], "no tenant, no rows");
    let refused = notes::insert(&mut bare, Ids.next(), a, "rejected").await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_another_tenant_cannot_be_inserted_updated_or_deleted() {
    let (_schema, db) = support::pool(4).await;
    let (a, b, id) = (Ids.next(), Ids.next(), Ids.next());
    let write = async |conn: &mut Conn| notes::insert(conn, id, b, "b's").await;
    let refused = db.tx("test.write", a, write).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    db.tx("test.write", b, write).await.unwrap();

    let change = async |conn: &mut Conn| -> Result<usize, DbError> {
        let changed = sql_query("UPDATE notes SET text = 'a was here'").execute(conn).await?;
        Ok(changed + sql_query("DELETE FROM notes").execute(conn).await?)
    };
    assert_eq!(db.tx("test.change", a, change).await.unwrap(), 0);
    let give_away = async |conn: &mut Conn| -> Result<usize, DbError> {
        Ok(sql_query(format!("UPDATE notes SET tenant_id = '{a}'")).execute(conn).await?)
    };
    let refused = db.tx("test.give", b, give_away).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    let read = async |conn: &mut Conn| notes::texts(conn).await;
    assert_eq!(db.tx("test.read", b, read).await.unwrap(), ["b's"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_level_security_also_holds_for_the_owner_of_the_tables() {
    let (schema, _db) = support::pool(1).await;
    let mut worker = schema.as_worker("notes").await;
    notes::insert(&mut worker, Ids.next(), Ids.next(), "hidden").await.unwrap();
    let mut owner = AsyncPgConnection::establish(schema.url.expose()).await.unwrap();
    let sql = "SELECT tableowner = current_user AS owner, current_user::text AS text \
               FROM pg_tables WHERE tablename = 'notes' AND schemaname = current_schema()";
    assert_eq!(texts(&mut owner, sql).await.unwrap(), ["folkmoot_notes"], "it owns them");
    assert_eq!(texts(&mut owner, "SELECT text FROM notes").await.unwrap(), [""; 0]);
}

/// A service's credentials give access to its own schema only, as `folkmoot migrate` prepares it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_services_role_cannot_read_another_services_schema() {
    let admin = testkit::setting("DATABASE_URL");
    let url_of = |service: &str| {
        let mut url = url::Url::parse(&admin).unwrap();
        url.set_username(&format!("folkmoot_{service}")).unwrap();
        url.set_password(Some("test")).unwrap();
        Secret::new(url.to_string())
    };
    let admin = Secret::new(admin.clone());
    for service in ["kit_owner", "kit_stranger"] {
        let config = DbConfig::new(url_of(service), 1).unwrap();
        migrate::prepare(service, &admin, &config).await.unwrap();
        migrate::migrate(service, &config, notes::MIGRATIONS).await.unwrap();
    }
    let url = url_of("kit_stranger");
    let mut stranger = AsyncPgConnection::establish(url.expose()).await.unwrap();
    texts(&mut stranger, "SELECT text FROM kit_stranger.notes").await.unwrap();
    let worker = "SET ROLE folkmoot_kit_stranger_worker";
    for step in ["SELECT 1", worker] {
        sql_query(step).execute(&mut stranger).await.unwrap();
        for table in ["notes", "outbox", "inbox", "idempotency", "job_leases"] {
            let sql = format!("SELECT 'x' AS text FROM kit_owner.{table}");
            let refused = texts(&mut stranger, &sql).await.unwrap_err().to_string();
            assert!(refused.contains("permission denied for schema kit_owner"), "{refused}");
        }
    }
    let refused = sql_query("SET ROLE folkmoot_kit_owner_worker").execute(&mut stranger).await;
    assert!(refused.unwrap_err().to_string().contains("permission denied"));
    let public = sql_query("CREATE TABLE public.notes (x INT)").execute(&mut stranger).await;
    assert!(public.unwrap_err().to_string().contains("permission denied for schema public"));
}
