//! Settings of the service.

use std::{path::PathBuf, str::FromStr};

use kit::config::Env;

/// Where the data is.
#[derive(Clone, Debug)]
pub struct Config {
    /// `FOLKMOOT_POSTCODES_FILE`: the directory, as `folkmoot data import postcodes` writes it.
    pub file: Option<PathBuf>,
    /// `FOLKMOOT_POSTCODES_AREAS`: layers of areas, as `folkmoot data import areas` writes them, or the GeoJSON of one,
    /// instead of the embedded rough constituencies.
    pub areas: Option<PathBuf>,
    /// `FOLKMOOT_POSTCODES_PLACES`: places, as `folkmoot data import open-names` writes them.
    pub places: Option<PathBuf>,
    /// `FOLKMOOT_POSTCODES_NORTHERN_IRELAND`: whether postcodes of area BT are included.
    pub northern_ireland: NorthernIreland,
}

/// How to treat the postcodes of Northern Ireland, whose commercial use needs a licence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NorthernIreland {
    #[default]
    Include,
    /// As if the directory did not contain them.
    Exclude,
}

impl Config {
    pub fn from_env(env: &mut Env) -> Self {
        Self {
            file: env.optional("FOLKMOOT_POSTCODES_FILE").map(PathBuf::from),
            areas: env.optional("FOLKMOOT_POSTCODES_AREAS").map(PathBuf::from),
            places: env.optional("FOLKMOOT_POSTCODES_PLACES").map(PathBuf::from),
            northern_ireland: env.parse("FOLKMOOT_POSTCODES_NORTHERN_IRELAND", "include"),
        }
    }
}

impl FromStr for NorthernIreland {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "include" => Ok(Self::Include),
            "exclude" => Ok(Self::Exclude),
            _ => Err("must be include or exclude"),
        }
    }
}
