//! The record of a terminated postcode, as in postcodes.io.

use contracts::values::postcode::Postcode;
use serde::Serialize;

use crate::dataset::image::Entry;

/// When a postcode was terminated, and its last position.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Termination {
    pub(crate) postcode: Postcode,
    pub(crate) year_terminated: u32,
    pub(crate) month_terminated: u32,
    pub(crate) longitude: Option<f64>,
    pub(crate) latitude: Option<f64>,
}

/// The same with its grid reference, as in postcodes.io since version 19.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TerminatedRecord {
    #[serde(flatten)]
    pub(crate) termination: Termination,
    pub(crate) eastings: Option<u32>,
    pub(crate) northings: Option<u32>,
}

impl TerminatedRecord {
    /// None for a live postcode, and where the directory has no dates of termination.
    pub(crate) fn new(entry: &Entry<'_>) -> Option<Self> {
        let (termination, grid) = (Termination::new(entry)?, entry.grid());
        let (eastings, northings) =
            (grid.map(|grid| grid.easting_m), grid.map(|grid| grid.northing_m));
        Some(Self { termination, eastings, northings })
    }
}

impl Termination {
    /// None for a live postcode, and where the directory has no dates of termination.
    pub(crate) fn new(entry: &Entry<'_>) -> Option<Self> {
        let (month, position) = (entry.terminated()?, entry.position());
        Some(Self {
            postcode: entry.postcode(),
            year_terminated: month.year,
            month_terminated: month.month,
            longitude: position.map(|position| position.longitude),
            latitude: position.map(|position| position.latitude),
        })
    }
}
