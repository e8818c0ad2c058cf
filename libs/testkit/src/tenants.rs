//! Checks row-level security in PostgreSQL's catalogue.

use kit::service::Service;

use crate::{db::TestDb, sql};

/// Selects the tables with rows of tenants that a transaction of another tenant could read.
const UNPROTECTED: &str = "
    SELECT relname::text FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attname = 'tenant_id' AND NOT attisdropped)
      AND NOT (relrowsecurity AND relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'of_tenant'))";

/// Panics unless every table with a `tenant_id` forces row-level security, as `tenant_table` makes it.
pub async fn assert_isolated<S: Service>() {
    let db = TestDb::new(S::NAME, S::migrations().expect("a service with a schema")).await;
    let tables = sql::texts(&mut db.connect().await, UNPROTECTED).await;
    assert!(tables.is_empty(), "pass these tables to tenant_table() in a migration: {tables:?}");
}
