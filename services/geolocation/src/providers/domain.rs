//! The providers that are supported, and the questions that they are asked.

use std::str::FromStr;

use crate::geocoding::domain::{Point, Text};

/// Whose API the provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProviderKind {
    Nominatim,
    Photon,
    OsPlaces,
    Google,
}

#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// Where is this?
    Text(Text),
    /// What is here?
    Point(Point),
}

#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("must be nominatim, photon, os_places or google")]
pub(crate) struct NoSuchProvider;

impl FromStr for ProviderKind {
    type Err = NoSuchProvider;

    fn from_str(text: &str) -> Result<Self, NoSuchProvider> {
        let all = [Self::Nominatim, Self::Photon, Self::OsPlaces, Self::Google];
        all.into_iter().find(|kind| kind.as_str() == text).ok_or(NoSuchProvider)
    }
}

impl ProviderKind {
    /// The text in settings, ids and answers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Nominatim => "nominatim",
            Self::Photon => "photon",
            Self::OsPlaces => "os_places",
            Self::Google => "google",
        }
    }

    /// To be shown with its results.
    pub(crate) fn attribution(self) -> &'static str {
        match self {
            Self::Nominatim | Self::Photon => "© OpenStreetMap contributors, ODbL 1.0.",
            Self::OsPlaces => "© Crown copyright and database rights, Ordnance Survey.",
            Self::Google => "Powered by Google.",
        }
    }
}
