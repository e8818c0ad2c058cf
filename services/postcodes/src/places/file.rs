//! The file of places: a checked container ([`datafile::container`]) of `MessagePack`.

use std::{io, path::Path};

use datafile::container::{Format, LoadError};

use super::image::{Content, Places};

/// The whole of Great Britain takes about 6 MB.
const FORMAT: Format = Format { magic: *b"FMPL", version: 1, what: "places", max_bytes: 1 << 28 };

/// Reads and verifies a file.
pub fn load(path: &Path) -> Result<Places, LoadError> {
    let content = rmp_serde::from_slice(&FORMAT.read(path)?);
    // The checksum is valid, so details of the error would not help.
    content.map(Places::new).ok().ok_or_else(|| FORMAT.damaged(path))
}

pub(crate) fn write(path: &Path, content: &Content) -> io::Result<()> {
    FORMAT.write(path, &[&rmp_serde::to_vec(content).map_err(io::Error::other)?])
}
