//! Schemas that the release before migrated.

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use kit::{db::migrate, service::Service as _};
use testkit::{db::TestDb, schema, sql};

use super::MORE;
use crate::notes::{self, Notes};

/// What the release before left: the kit's first three migrations and diesel's list of them.
const RELEASED: [&str; 4] = [
    include_str!("released.sql"),
    include_str!("../../../migrations/00000000000002_parked/up.sql"),
    include_str!("../../../migrations/00000000000003_sealed_replies/up.sql"),
    "CREATE TABLE __diesel_schema_migrations
       (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
     INSERT INTO __diesel_schema_migrations VALUES ('00000000000001'), ('00000000000002'), ('00000000000003')",
];

/// Everything in the schema, without its name, which differs.
async fn dump(conn: &mut AsyncPgConnection) -> Vec<String> {
    let [name] = sql::texts(conn, "SELECT current_schema()::text").await.try_into().unwrap();
    let lines = schema::dump(conn).await;
    lines.into_iter().map(|line| line.replace(&format!("{name}."), "")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_of_the_release_before_becomes_the_same_as_a_new_one() {
    let (old, new) =
        (TestDb::empty(Notes::NAME).await, TestDb::new(Notes::NAME, notes::MIGRATIONS).await);
    let mut conn = old.connect().await;
    for text in RELEASED {
        conn.batch_execute(text).await.unwrap();
    }
    let ran = migrate::migrate(Notes::NAME, &old.config(1), notes::MIGRATIONS).await.unwrap();
    assert_eq!(ran, ["00000000000004", "00000000001000"]);
    for db in [&old, &new] {
        migrate::migrate(Notes::NAME, &db.config(1), MORE).await.unwrap();
    }
    let differences =
        schema::differences(&dump(&mut new.connect().await).await, &dump(&mut conn).await);
    assert_eq!(differences, [""; 0]);
}
