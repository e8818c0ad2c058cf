//! What areas are looked up in, borrowed from one edition of the data.

use super::{codes::Codes, domain::Areas, members::Members};
use crate::dataset::image::Dataset;

/// The directory and the layers, with their indexes.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    pub dataset: &'a Dataset,
    pub areas: &'a Areas,
    /// Areas of the directory by code.
    pub codes: &'a Codes,
    /// Postcodes by area.
    pub members: &'a Members,
}
