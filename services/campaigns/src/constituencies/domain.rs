//! A constituency, and what is known of the one that a postcode lies in.

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Constituency {
    pub(crate) gss_code: String,
    pub(crate) name: String,
}

/// What a lookup of a postcode's constituency found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstituencyLookup {
    /// The postcodes service was unavailable; a job repeats the lookup.
    Pending,
    Found(Constituency),
    /// The postcode does not exist or lies in no known constituency.
    NotFound,
}

impl ConstituencyLookup {
    pub(crate) fn constituency(&self) -> Option<&Constituency> {
        match self {
            Self::Found(constituency) => Some(constituency),
            Self::Pending | Self::NotFound => None,
        }
    }
}

impl From<Option<Constituency>> for ConstituencyLookup {
    fn from(found: Option<Constituency>) -> Self {
        found.map_or(Self::NotFound, Self::Found)
    }
}
