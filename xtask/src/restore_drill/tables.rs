//! What the tables of a database hold, to be compared with what they hold after a restore.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};

use crate::stack::Postgres;

/// Each table with the number of its rows and a digest of their contents. `drill` is ours; leases change all the time.
const CONTENTS: &str = "
    select format('%I.%I', schemaname, tablename), (xpath('/row/it/text()', query_to_xml(format(
        'select count(*) || '' '' || coalesce(md5(string_agg(t::text, chr(10) order by t::text)), '''') as it from %I.%I t',
        schemaname, tablename), false, true, '')))[1]
    from pg_tables where schemaname not in ('pg_catalog', 'information_schema', 'drill')
        and tablename <> 'job_leases' order by 1";

pub(super) struct Tables(BTreeMap<String, String>);

impl Tables {
    pub(super) fn note(postgres: &Postgres, database: &str) -> anyhow::Result<Self> {
        let text = postgres.sql_in(database, CONTENTS)?;
        let lines = text.lines().filter_map(|line| line.split_once('|'));
        Ok(Self(lines.map(|(table, it)| (table.to_owned(), it.to_owned())).collect()))
    }

    /// The rows of one table.
    pub(super) fn rows(&self, table: &str) -> anyhow::Result<u64> {
        let noted = self.0.get(table).with_context(|| format!("no table {table}"))?;
        Ok(noted.split(' ').next().unwrap_or_default().parse()?)
    }

    /// Fails with the tables that differ; returns tables and rows as a sentence.
    pub(super) fn equal(&self, restored: &Self) -> anyhow::Result<String> {
        let differs = |(name, noted): &(&String, &String)| restored.0.get(*name) != Some(*noted);
        let different: Vec<_> = self.0.iter().filter(differs).map(|(name, _)| name).collect();
        ensure!(different.is_empty(), "these tables came back different: {different:?}");
        ensure!(self.0.len() == restored.0.len(), "there are other tables than before");
        let rows: u64 = self.0.keys().filter_map(|name| self.rows(name).ok()).sum();
        Ok(format!("{} tables, {rows} rows", self.0.len()))
    }
}
