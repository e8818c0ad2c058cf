//! What the handlers are given: the databases.

use crate::{
    config::Config,
    lookup::{database::OpenError, databases::Databases},
};

/// The databases, which may be none.
pub struct App {
    /// Where addresses are looked up.
    pub databases: Databases,
}

impl App {
    /// Opens the databases that are named. Blocks while it reads the files.
    pub fn open(config: &Config) -> Result<Self, OpenError> {
        Ok(Self { databases: Databases::open(&config.mmdb)? })
    }
}
