//! The file: `FMPC`, format version, header, body, checksum; everything little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `FMPC` |
//! | 4 | format version |
//! | 4 | length of the header |
//! | n | header, JSON: description of the dataset, and location of each column |
//! | m | body: index, columns, tree of positions, pools |
//! | 32 | SHA-256 of everything before |

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Write},
    ops::{Deref, Range},
    path::{Path, PathBuf},
};

use memmap2::{Advice, MmapMut};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    column::{Column, Pool},
    index::Section,
    kind::Kind,
    tree::Tree,
};

const MAGIC: [u8; 4] = *b"FMPC";
/// Version of the format; files of other versions are rejected.
pub const FORMAT_VERSION: u32 = 4;
/// Largest header accepted, in bytes.
const MAX_HEADER_BYTES: u32 = 1 << 20;
/// Largest file accepted, in bytes; a full directory takes about 120 MB.
const MAX_FILE_BYTES: u64 = 1 << 30;
const CHECKSUM_BYTES: usize = 32;
const FIXED_BYTES: usize = 12;

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

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error("failed to read the postcode dataset {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not a postcode dataset of Folkmoot", path.display())]
    Foreign { path: PathBuf },
    #[error("{} has format {found}, expected {FORMAT_VERSION}: import the dataset again", path.display())]
    OtherFormat { path: PathBuf, found: u32 },
    #[error("{} is damaged: import the dataset again", path.display())]
    Damaged { path: PathBuf },
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
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut fixed = [0; FIXED_BYTES];
    let found = file.read(&mut fixed).map_err(unreadable)?;
    let length = header_length(path, fixed.get(..found).unwrap_or_default())?;
    let mut header = Vec::new();
    file.take(length.into()).read_to_end(&mut header).map_err(unreadable)?;
    Ok(parse_header(path, &header)?.about)
}

/// The body of a file, in huge pages if the system has them: random look-ups would otherwise miss the TLB on every access.
pub(crate) struct Body {
    bytes: MmapMut,
    range: Range<usize>,
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }
}

/// Reads a file, verifies its checksum, and returns the header and the body.
pub(crate) fn read(path: &Path) -> Result<(Header, Body), LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let damaged = || LoadError::Damaged { path: path.to_owned() };
    let bytes = content(path).map_err(unreadable)?;
    let length = header_length(path, &bytes)?;
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or_else(damaged)?;
    if sha256(content) != *checksum {
        return Err(damaged());
    }
    let range = FIXED_BYTES + usize::try_from(length).unwrap_or(usize::MAX)..content.len();
    let header = content.get(FIXED_BYTES..range.start).ok_or_else(damaged)?;
    Ok((parse_header(path, header)?, Body { bytes, range }))
}

fn content(path: &Path) -> io::Result<MmapMut> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len().min(MAX_FILE_BYTES);
    let mut bytes = MmapMut::map_anon(usize::try_from(size).unwrap_or(usize::MAX))?;
    // Not every system has huge pages.
    let _ = bytes.advise(Advice::HugePage);
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Writes a temporary file and renames it, so that a reader never sees a partial file.
pub(crate) fn write(path: &Path, header: &Header, body: &[u8]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    let length = u32::try_from(header.len()).map_err(io::Error::other)?;
    let mut start = Vec::with_capacity(FIXED_BYTES + header.len());
    start.extend(MAGIC);
    start.extend(FORMAT_VERSION.to_le_bytes());
    start.extend(length.to_le_bytes());
    start.extend(header);
    let mut checksum = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    checksum.update(&start);
    checksum.update(body);
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(&start)?;
    file.write_all(body)?;
    file.write_all(checksum.finish().as_ref())?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}

fn header_length(path: &Path, bytes: &[u8]) -> Result<u32, LoadError> {
    let foreign = || LoadError::Foreign { path: path.to_owned() };
    let word = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    if bytes.first_chunk() != Some(&MAGIC) {
        return Err(foreign());
    }
    let found = word(4).ok_or_else(foreign)?;
    if found != FORMAT_VERSION {
        return Err(LoadError::OtherFormat { path: path.to_owned(), found });
    }
    word(8)
        .filter(|length| *length <= MAX_HEADER_BYTES)
        .ok_or_else(|| LoadError::Damaged { path: path.to_owned() })
}

fn parse_header(path: &Path, bytes: &[u8]) -> Result<Header, LoadError> {
    // The checksum is valid, so details of the error would not help.
    serde_json::from_slice(bytes).ok().ok_or_else(|| LoadError::Damaged { path: path.to_owned() })
}

fn sha256(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}
