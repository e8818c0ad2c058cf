//! Reads the schema from PostgreSQL and compares it with the `table!` blocks of the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use diesel::dsl;
use diesel::sql_types::{Array, Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use kit::{db::migrate::KIT_MIGRATIONS, service::Service};

use crate::{
    db::TestDb,
    source::{self, Described, Table},
    sql,
};

/// Tables by name.
pub(crate) type Tables = BTreeMap<String, Table>;

/// Everything in the connection's schema: a line for each object, sorted.
pub async fn dump(conn: &mut AsyncPgConnection) -> Vec<String> {
    sql::texts(conn, include_str!("dump.sql")).await
}

/// The lines that only one of two dumps has.
pub fn differences(expected: &[String], found: &[String]) -> Vec<String> {
    let (expected, found): (BTreeSet<_>, BTreeSet<_>) =
        (expected.iter().collect(), found.iter().collect());
    let missing = expected.difference(&found).map(|line| format!("missing: {line}"));
    let unexpected = found.difference(&expected).map(|line| format!("unexpected: {line}"));
    missing.chain(unexpected).collect()
}

/// Panics unless the `table!` blocks of a service's sources describe exactly the tables that its migrations create:
/// names, primary keys, columns, types and nullability. `crate_dir` is `env!("CARGO_MANIFEST_DIR")`.
pub async fn assert_matches<S: Service>(crate_dir: &str) {
    let migrations = S::migrations().expect("a service with a schema");
    let kit = tables(&mut TestDb::new(S::NAME, KIT_MIGRATIONS).await.connect().await).await;
    let mut own = tables(&mut TestDb::new(S::NAME, migrations).await.connect().await).await;
    own.retain(|name, _| !kit.contains_key(name));
    let described = described(crate_dir);
    let undescribed = own.keys().filter(|name| !described.contains_key(*name));
    let mut errors = errors(&described, &own);
    errors.extend(undescribed.map(|name| format!("no table! block describes {name}")));
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// The same for the kit, which does not describe all of its tables.
pub async fn assert_kit_matches(crate_dir: &str) {
    let kit = tables(&mut TestDb::new("notes", KIT_MIGRATIONS).await.connect().await).await;
    let errors = errors(&described(crate_dir), &kit);
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

fn described(crate_dir: &str) -> Tables {
    let files = source::files(&Path::new(crate_dir).join("src"));
    let mut tables = Tables::new();
    for Described { name, table } in files.iter().flat_map(|(_, text)| source::tables(text)) {
        assert!(tables.insert(name.clone(), table).is_none(), "{name} is described twice");
    }
    assert!(!tables.is_empty(), "no table! block in {crate_dir}/src");
    tables
}

fn errors(described: &Tables, database: &Tables) -> Vec<String> {
    let mut errors = Vec::new();
    for (name, table) in described {
        match database.get(name) {
            Some(found) if found == table => {}
            found => errors
                .push(format!("{name}\n  in the code: {table:?}\n  in the database: {found:?}")),
        }
    }
    errors
}

async fn tables(conn: &mut AsyncPgConnection) -> Tables {
    let columns: Vec<(String, String, String, bool)> = dsl::sql::<(Text, Text, Text, Bool)>(
        "SELECT relname::text, attname::text, format_type(atttypid, atttypmod), attnotnull
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
         WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
           AND attnum > 0 AND NOT attisdropped AND relname <> '__diesel_schema_migrations'",
    )
    .load(conn)
    .await
    .expect("columns");
    let mut tables = Tables::new();
    for (table, column, kind, not_null) in columns {
        let kind =
            if not_null { diesel_type(&kind) } else { format!("Nullable<{}>", diesel_type(&kind)) };
        let table = tables
            .entry(table)
            .or_insert_with(|| Table { primary_key: Vec::new(), columns: BTreeMap::new() });
        table.columns.insert(column, kind);
    }
    for (table, key) in primary_keys(conn).await {
        if let Some(table) = tables.get_mut(&table) {
            table.primary_key = key;
        }
    }
    tables
}

async fn primary_keys(conn: &mut AsyncPgConnection) -> Vec<(String, Vec<String>)> {
    dsl::sql::<(Text, Array<Text>)>(
        "SELECT relname::text, ARRAY(
           SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY AS key (number, place)
           JOIN pg_attribute ON attrelid = indrelid AND attnum = key.number ORDER BY key.place)
         FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
         WHERE relnamespace = current_schema()::regnamespace AND indisprimary",
    )
    .load(conn)
    .await
    .expect("primary keys")
}

fn diesel_type(postgres: &str) -> String {
    if let Some(element) = postgres.strip_suffix("[]") {
        return format!("Array<{}>", diesel_type(element));
    }
    let diesel = match postgres {
        "bigint" => "BigInt",
        "boolean" => "Bool",
        "bytea" => "Bytea",
        "date" => "Date",
        "double precision" => "Double",
        "integer" => "Integer",
        "json" => "Json",
        "jsonb" => "Jsonb",
        "smallint" => "SmallInt",
        "text" => "Text",
        "timestamp with time zone" => "Timestamptz",
        "uuid" => "Uuid",
        other => panic!("add the diesel type of {other} to testkit::schema"),
    };
    diesel.to_owned()
}
