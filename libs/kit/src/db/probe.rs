//! Counts what a schema still holds of a person, from the catalogue: other code than the deleter, and no table can be
//! forgotten.

use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;

use crate::db::{Conn, DbError};

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

/// Rows that name `subject_id`, in every table of this schema that has such a column.
pub async fn remaining(conn: &mut Conn, subject_id: Uuid) -> Result<i64, DbError> {
    let tables: Vec<Table> = sql_query(
        "SELECT quote_ident(table_name) AS name FROM information_schema.columns
         WHERE table_schema = current_schema() AND column_name = 'subject_id'",
    )
    .load(conn)
    .await?;
    let mut total = 0;
    for table in tables {
        let count: Count = sql_query(format!(
            "SELECT count(*) AS count FROM {} WHERE subject_id = $1",
            table.name
        ))
        .bind::<sql_types::Uuid, _>(subject_id)
        .get_result(conn)
        .await?;
        total += count.count;
    }
    Ok(total)
}
