//! What an answer costs does not grow with the people kept.

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use kit::id::Ids;
use testkit::sql;

use crate::support::{ring, ring_on};

const PEOPLE: i64 = 100;
/// A person is looked for and made, with their key; then looked for again. A few rows of each table, whoever else is there.
const ROWS_EACH: i64 = 10;

async fn count(url: &str, query: &str) -> i64 {
    sql::count(&mut AsyncPgConnection::establish(url).await.unwrap(), query).await
}

/// The tables are empty when the statements are planned: as on the first day of a tenant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finding_a_person_reads_a_few_rows_however_many_there_are() {
    let first = ring().await;
    let url = first.app.db.as_ref().unwrap().url.expose();
    // Statistics of a hundred rows, collected in the middle of the test, would rightly make it read such tables whole.
    let mut owner = AsyncPgConnection::establish(url).await.unwrap();
    for table in ["subjects", "data_keys"] {
        let pause = format!("ALTER TABLE {table} SET (autovacuum_enabled = false)");
        owner.batch_execute(&pause).await.unwrap();
    }
    let name = Ids.next().to_string();
    let named = ring_on(&crate::rotation::old(), &format!("{url}&application_name={name}")).await;
    let tenant = Ids.next();
    for number in 0..PEOPLE {
        let email = format!("person{number}@example.org");
        assert_eq!(named.resolve(tenant, &email).await, named.resolve(tenant, &email).await);
    }

    // A backend adds what it read to the statistics when it ends, at the latest.
    let of_it = format!("FROM pg_stat_activity WHERE application_name = '{name}'");
    let end = format!("SELECT count(pg_terminate_backend(pid)) {of_it}");
    assert!(count(url, &end).await > 0, "the control: there were connections");
    let left = format!("SELECT count(*) {of_it}");
    let ended = || async { (count(url, &left).await == 0).then_some(()) };
    testkit::wait::eventually("the end of the connections", ended).await;
    let read = "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint AS count FROM pg_stat_user_tables
                WHERE relname IN ('subjects', 'data_keys') AND schemaname = current_schema()";
    let read = count(url, read).await;
    assert!(read >= PEOPLE, "the control: {read} rows");
    assert!(read <= PEOPLE * ROWS_EACH, "{read} rows");
}
