//! The file of places: a checked container ([`datafile::container`]) of `MessagePack`.

use std::path::Path;

use anyhow::Context as _;
use datafile::container::{Format, LoadError};

use super::{domain::Contents, search::Gazetteer};

/// All places of OS Open Names take about 8 MB.
const FORMAT: Format = Format { magic: *b"FMPG", version: 2, what: "places", max_bytes: 1 << 28 };

/// Reads and indexes a file.
pub fn load(path: &Path) -> anyhow::Result<Gazetteer> {
    Gazetteer::new(read(path)?)
}

/// Reads and verifies a file.
pub fn read(path: &Path) -> Result<Contents, LoadError> {
    let contents = rmp_serde::from_slice(&FORMAT.read(path)?);
    // The checksum is valid, so details of the error would not help.
    contents.ok().ok_or_else(|| FORMAT.damaged(path))
}

/// Writes a file; a reader sees the previous one until the new one is complete.
pub fn write(path: &Path, contents: &Contents) -> anyhow::Result<()> {
    let bytes = rmp_serde::to_vec(contents).context("failed to encode the places")?;
    FORMAT.write(path, &[&bytes]).with_context(|| format!("failed to write {}", path.display()))
}
