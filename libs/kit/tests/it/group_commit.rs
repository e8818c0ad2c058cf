//! What is written at the same moment is committed together, and nobody fails by what somebody else wrote.

use diesel::{QueryableByName, insert_into, select, sql_query, sql_types};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use futures_util::{FutureExt as _, future::BoxFuture, poll};
use kit::{
    db::{Conn, Db, DbError, group::Group, unnest::unnest},
    id::Ids,
};
use uuid::Uuid;

use crate::{notes::notes, support};

/// PostgreSQL refuses a NUL in a text.
const REFUSED: &str = "refused\0";
/// Nobody waits for this note.
const ABANDONED: &str = "abandoned";

struct Note {
    tenant_id: Uuid,
    text: &'static str,
}

fn insert<'a>(mut conn: &'a Conn, items: &'a [Note]) -> BoxFuture<'a, Result<(), DbError>> {
    let rows = select((
        unnest::<sql_types::Uuid, _>(items.iter().map(|_| Ids.next()).collect::<Vec<_>>()),
        unnest::<sql_types::Uuid, _>(items.iter().map(|it| it.tenant_id).collect::<Vec<_>>()),
        unnest::<sql_types::Text, _>(items.iter().map(|it| it.text).collect::<Vec<_>>()),
    ));
    let columns = (notes::id, notes::tenant_id, notes::text);
    async move {
        insert_into(notes::table).values(rows).into_columns(columns).execute(&mut conn).await?;
        Ok(())
    }
    .boxed()
}

#[derive(Debug, PartialEq, QueryableByName)]
struct Written {
    #[diesel(sql_type = sql_types::BigInt)]
    notes: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    transactions: i64,
}

async fn written(db: &Db, tenant_id: Uuid) -> Written {
    let sql = "SELECT count(*) AS notes, count(DISTINCT xmin::text) AS transactions FROM notes";
    let count = async |conn: &mut Conn| -> Result<_, DbError> {
        Ok(sql_query(sql).get_result(conn).await?)
    };
    db.tx("test.written", tenant_id, count).await.unwrap()
}

/// Begins to write these notes while the table is locked, each by its own request.
async fn write_while_locked<'a>(
    db: &Db,
    group: &'a Group<Note>,
    items: impl IntoIterator<Item = (Uuid, &'static str)>,
) -> Vec<BoxFuture<'a, Result<(), DbError>>> {
    let lock = async |conn: &mut Conn| -> Result<_, DbError> {
        conn.batch_execute("LOCK TABLE notes").await?;
        let mut writing = Vec::new();
        for (tenant_id, text) in items {
            let mut write = group.write(tenant_id, Note { tenant_id, text }).boxed();
            assert!(poll!(&mut write).is_pending());
            if text != ABANDONED {
                writing.push(write);
            }
        }
        Ok(writing)
    };
    db.tx("test.lock", Ids.next(), lock).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_wait_together_are_committed_together() {
    let (_schema, db) = support::pool(5).await;
    let group = Group::new(db.clone(), "notes.group", insert);
    let tenant = Ids.next();
    for write in write_while_locked(&db, &group, vec![(tenant, "a note"); 30]).await {
        write.await.unwrap();
    }
    let Written { notes, transactions } = written(&db, tenant).await;
    assert_eq!(notes, 30);
    assert!(transactions <= 3, "two groups were under way, the others waited: {transactions}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_row_fails_alone() {
    let (_schema, db) = support::pool(5).await;
    let group = Group::new(db.clone(), "notes.group", insert);
    let [tenant, other] = [Ids.next(), Ids.next()];
    let items = (0..30).map(|n| match n % 3 {
        0 => (other, "a note"),
        _ if n == 20 => (tenant, REFUSED),
        _ => (tenant, "a note"),
    });
    let mut failed = Vec::new();
    for (n, write) in write_while_locked(&db, &group, items).await.into_iter().enumerate() {
        match write.await {
            Ok(()) => {}
            Err(DbError::Query(_)) => failed.push(n),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(failed, [20]);
    assert_eq!((written(&db, tenant).await.notes, written(&db, other).await.notes), (19, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_ends_before_its_group_begins_writes_nothing() {
    let (_schema, db) = support::pool(5).await;
    let group = Group::new(db.clone(), "notes.group", insert);
    let tenant = Ids.next();
    let mut items = vec![(tenant, "a note"); 29];
    items.push((tenant, ABANDONED));
    for write in write_while_locked(&db, &group, items).await {
        write.await.unwrap();
    }
    assert_eq!(written(&db, tenant).await.notes, 29);
}
