//! The file of layers: `FMPA`, format version, header, body, checksum; everything little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `FMPA` |
//! | 4 | format version |
//! | 4 | length of the header |
//! | n | header, JSON: the description of each layer, and its number of areas |
//! | m | body: the areas of all layers ([`super::codec`]) |
//! | 32 | SHA-256 of everything before |

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::codec::{Reader, Writer};
use crate::areas::layer::{Layer, LayerAbout};

/// The first bytes of a file.
pub const MAGIC: [u8; 4] = *b"FMPA";
/// Version of the format; files of other versions are rejected.
pub const FORMAT_VERSION: u32 = 1;
/// Largest file read, in bytes; full-resolution boundaries of all kinds together stay below a tenth of it.
pub const MAX_FILE_BYTES: u64 = 2 << 30;
const CHECKSUM_BYTES: usize = 32;
const FIXED_BYTES: usize = 12;

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error("failed to read the areas {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} has format {found}, expected {FORMAT_VERSION}: import the areas again", path.display())]
    OtherFormat { path: PathBuf, found: u32 },
    #[error("{} is damaged: import the areas again", path.display())]
    Damaged { path: PathBuf },
}

#[derive(Serialize, Deserialize)]
struct Header {
    layers: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    about: LayerAbout,
    areas: usize,
}

/// Reads the bytes of a file, whatever its format.
pub fn bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Verifies and decodes a file that starts with [`MAGIC`]; `path` is for error messages.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Layer>, LoadError> {
    let word = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let damaged = || LoadError::Damaged { path: path.to_owned() };
    let found = word(4).ok_or_else(damaged)?;
    if found != FORMAT_VERSION {
        return Err(LoadError::OtherFormat { path: path.to_owned(), found });
    }
    let header = word(8).and_then(|length| usize::try_from(length).ok()).ok_or_else(damaged)?;
    decode(bytes, header).ok_or_else(damaged)
}

/// Writes a temporary file and renames it, so that a reader never sees a partial file.
pub fn write(path: &Path, layers: &[Layer]) -> io::Result<()> {
    let entry = |layer: &Layer| Entry { about: layer.about().clone(), areas: layer.areas().len() };
    let header = serde_json::to_vec(&Header { layers: layers.iter().map(entry).collect() })?;
    let mut content = Vec::new();
    content.extend(MAGIC);
    content.extend(FORMAT_VERSION.to_le_bytes());
    content.extend(u32::try_from(header.len()).map_err(io::Error::other)?.to_le_bytes());
    content.extend(header);
    let mut writer = Writer::default();
    layers.iter().flat_map(Layer::areas).for_each(|area| writer.area(area));
    content.extend(writer.bytes);
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(&content)?;
    file.write_all(&sha256(&content))?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}

fn decode(bytes: &[u8], header_bytes: usize) -> Option<Vec<Layer>> {
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    if sha256(content) != *checksum {
        return None;
    }
    let (header, body) = content.get(FIXED_BYTES..)?.split_at_checked(header_bytes)?;
    let header: Header = serde_json::from_slice(header).ok()?;
    let mut reader = Reader::new(body);
    let mut layers = Vec::new();
    for Entry { about, areas } in header.layers {
        let areas = (0..areas).map(|_| reader.area()).collect::<Option<_>>()?;
        layers.push(Layer::new(about, areas));
    }
    reader.is_at_end().then_some(layers)
}

fn sha256(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}
