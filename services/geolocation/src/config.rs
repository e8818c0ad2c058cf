//! Settings of the service.

use std::path::PathBuf;

use kit::config::Env;

/// Where the data is.
#[derive(Debug)]
pub struct Config {
    /// `FOLKMOOT_GEOLOCATION_MMDB`: database files, separated by commas and asked in this order; none answers "unknown".
    pub mmdb: Vec<PathBuf>,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        let listed = env.text("FOLKMOOT_GEOLOCATION_MMDB", "");
        let files = listed.split(',').map(str::trim).filter(|path| !path.is_empty());
        Self { mmdb: files.map(PathBuf::from).collect() }
    }
}
