//! The internal face of `postcodes`: where a postcode lies, for `campaigns`.

use serde::{Deserialize, Serialize};

/// `GET /internal/v1/postcodes/{postcode}/place`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// In its written form, `OX1 1AA`.
    pub postcode: String,
    /// The constituency, when it could be told.
    pub constituency: Option<Constituency>,
}

/// A constituency of one boundary generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constituency {
    /// `E14001234`
    pub gss_code: String,
    /// Public name.
    pub name: String,
    /// Boundary generation, e.g. `2024`.
    pub generation: String,
    /// `column` or `point_in_polygon`.
    pub method: String,
}
