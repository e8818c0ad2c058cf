//! Settings of the service.

use std::path::PathBuf;

use kit::config::Env;

/// Where the data is.
#[derive(Debug)]
pub struct Config {
    /// `FOLKMOOT_GEOLOCATION_MMDB`: a City or Country database in MaxMind's layout; none answers "unknown".
    pub mmdb: Option<PathBuf>,
}

impl Config {
    /// Reads the settings.
    pub fn from_env(env: &mut Env) -> Self {
        Self { mmdb: env.optional("FOLKMOOT_GEOLOCATION_MMDB").map(PathBuf::from) }
    }
}
