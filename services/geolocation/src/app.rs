//! What the handlers are given: the database.

use crate::{
    config::Config,
    lookup::database::{Database, OpenError},
};

/// The database, or its absence.
pub struct App {
    /// Where addresses are looked up.
    pub database: Database,
}

impl App {
    /// Opens the database that is named, if one is. Blocks while it reads the file.
    pub fn open(config: &Config) -> Result<Self, OpenError> {
        let database = match &config.mmdb {
            Some(path) => Database::open(path)?,
            None => Database::absent(),
        };
        let source = database.source().map(|source| source.database);
        tracing::info!(database = source.as_deref().unwrap_or("none"), "data loaded");
        Ok(Self { database })
    }
}
