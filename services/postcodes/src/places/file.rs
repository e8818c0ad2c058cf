//! The file of places: `FMPL`, format version, content as `MessagePack`, SHA-256 of everything before.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::image::{Content, Places};

const MAGIC: [u8; 4] = *b"FMPL";
/// Version of the format; files of other versions are rejected.
const FORMAT_VERSION: u32 = 1;
/// Largest file accepted, in bytes; the whole of Great Britain takes about 6 MB.
const MAX_FILE_BYTES: u64 = 1 << 28;
const CHECKSUM_BYTES: usize = 32;

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error("failed to read the places {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not a file of places of this version: import it again", path.display())]
    Foreign { path: PathBuf },
    #[error("{} is damaged: import it again", path.display())]
    Damaged { path: PathBuf },
}

/// Reads and verifies a file.
pub fn load(path: &Path) -> Result<Places, LoadError> {
    let path = path.to_owned();
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut bytes));
    if let Err(source) = read {
        return Err(LoadError::Unreadable { path, source });
    }
    let Some((content, checksum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
        return Err(LoadError::Foreign { path });
    };
    let Some(packed) = content.strip_prefix(start().as_slice()) else {
        return Err(LoadError::Foreign { path });
    };
    if sha256(content) != *checksum {
        return Err(LoadError::Damaged { path });
    }
    match rmp_serde::from_slice(packed) {
        Ok(content) => Ok(Places::new(content)),
        // The checksum is valid, so details of the error would not help.
        Err(_) => Err(LoadError::Damaged { path }),
    }
}

/// Writes a temporary file and renames it.
pub(crate) fn write(path: &Path, content: &Content) -> io::Result<()> {
    let mut bytes = start();
    bytes.extend(rmp_serde::to_vec(content).map_err(io::Error::other)?);
    let checksum = sha256(&bytes);
    bytes.extend(checksum);
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}

fn start() -> Vec<u8> {
    [MAGIC, FORMAT_VERSION.to_le_bytes()].concat()
}

fn sha256(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}
