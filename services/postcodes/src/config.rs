//! Settings of the service.

use std::path::PathBuf;

use kit::config::Env;

/// Where the data is.
#[derive(Debug)]
pub struct Config {
    /// `FOLKMOOT_POSTCODES_FILE`: the directory, as `folkmoot data import postcodes` writes it.
    pub file: Option<PathBuf>,
    /// `FOLKMOOT_POSTCODES_AREAS`: GeoJSON of the constituencies, instead of the embedded rough ones.
    pub areas: Option<PathBuf>,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        Self {
            file: env.optional("FOLKMOOT_POSTCODES_FILE").map(PathBuf::from),
            areas: env.optional("FOLKMOOT_POSTCODES_AREAS").map(PathBuf::from),
        }
    }
}
