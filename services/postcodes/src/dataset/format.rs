//! The file of the directory: a checked container ([`datafile::container`]) whose header describes the dataset and says where
//! each column lies in the body, which has the index, the columns, the tree of positions and the pools.

use std::{collections::BTreeMap, io, path::Path};

use datafile::container::{self, Content, Format, LoadError};
use serde::{Deserialize, Serialize};

use super::{
    column::{Column, Pool},
    index::Section,
    kind::Kind,
    tree::Tree,
};

/// A full directory takes about 120 MB.
pub(crate) const FORMAT: Format =
    Format { magic: *b"FMPC", version: 4, what: "postcode dataset", max_bytes: 1 << 30 };

/// Description and origin of the dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// For example `ONS Postcode Directory`.
    pub name: String,
    /// For example `November 2025`, or the version of the package.
    pub version: String,
    /// Date of the release, ISO 8601, as precise as known (`2025-11`).
    pub released: Option<String>,
    pub licence: String,
    /// Statements that must be shown with the data.
    pub attribution: Vec<String>,
    /// Postcodes in the dataset.
    pub postcodes: u32,
    /// Those with a position.
    pub located: u32,
    /// Those known to be terminated; none if the source has no such dates.
    pub terminated: Option<u32>,
    /// Set of boundaries of the constituency column (`2024`, `2010`); none without that column.
    pub constituency_generation: Option<String>,
}

/// Header of the file. Offsets are relative to the start of the body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) about: About,
    pub(crate) index: Section,
    pub(crate) rows: RowColumns,
    /// Live postcodes by position.
    pub(crate) points: Tree,
    /// Distinct combinations of areas.
    pub(crate) tuples: u32,
    pub(crate) areas: BTreeMap<Kind, AreaTable>,
}

/// Columns with one value for each postcode.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct RowColumns {
    pub(crate) easting: Column,
    pub(crate) northing: Column,
    pub(crate) longitude: Column,
    pub(crate) latitude: Column,
    pub(crate) quality: Column,
    pub(crate) introduced: Column,
    pub(crate) terminated: Column,
    /// Number of its combination of areas.
    pub(crate) tuple: Column,
}

/// One kind of area: its number in each combination, and the codes and names by number. Numbers from `areas` on are those of
/// codes that say "not applicable".
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct AreaTable {
    pub(crate) numbers: Column,
    pub(crate) areas: u32,
    pub(crate) codes: Pool,
    pub(crate) names: Pool,
}

/// Reads the description of a dataset, without loading or verifying it.
pub fn peek(path: &Path) -> Result<About, LoadError> {
    Ok(FORMAT.peek::<Header>(path)?.about)
}

/// Reads and verifies a file; returns its header and its body.
pub(crate) fn read(path: &Path) -> Result<(Header, Content), LoadError> {
    FORMAT.split_header(path, FORMAT.read(path)?)
}

pub(crate) fn write(path: &Path, header: &Header, body: &[u8]) -> io::Result<()> {
    FORMAT.write(path, &[&container::header(header)?, body])
}
