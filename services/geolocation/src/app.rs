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
        match database.source() {
            Some(source) => tracing::info!(database = source.database, "data loaded"),
            None => tracing::info!("no database: every ordinary address is unknown"),
        }
        Ok(Self { database })
    }
}
