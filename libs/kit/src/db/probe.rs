//! Counts the rows about a person that a schema still has. The tables are read from the catalogue, not from the code that
//! deletes, so that none can be forgotten.

use diesel::{
    dsl::sql,
    sql_types::{self, BigInt, Text},
};
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;

use crate::db::{Conn, DbError};

/// The number of rows with this `subject_id`, in every table of the schema that has such a column.
pub async fn remaining(conn: &mut Conn, subject_id: Uuid) -> Result<i64, DbError> {
    let tables: Vec<String> = sql::<Text>(
        "SELECT quote_ident(table_name) FROM information_schema.columns
         WHERE table_schema = current_schema() AND column_name = 'subject_id'",
    )
    .load(conn)
    .await?;
    let mut total = 0;
    for table in tables {
        let rows: i64 = sql::<BigInt>(&format!("SELECT count(*) FROM {table} WHERE subject_id = "))
            .bind::<sql_types::Uuid, _>(subject_id)
            .get_result(conn)
            .await?;
        total += rows;
    }
    Ok(total)
}
