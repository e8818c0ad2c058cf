//! Runs SQL of tests, without a struct for each query.

use diesel::{
    dsl,
    sql_types::{BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

/// The number that a query returns.
pub async fn count(conn: &mut AsyncPgConnection, query: &str) -> i64 {
    dsl::sql::<BigInt>(query).get_result(conn).await.expect(query)
}

/// The rows of a query that has one column, of type TEXT.
pub async fn texts(conn: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    dsl::sql::<Text>(query).load(conn).await.expect(query)
}
