//! A file that is read only if it is whole: magic, format version, content, checksum; everything little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | magic of the format |
//! | 4 | format version |
//! | n | content |
//! | 32 | SHA-256 of everything before |
//!
//! Content may begin with a header, which can be read without the rest: its length in 4 bytes, then JSON.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    ops::{Deref, Range},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN, digest};
use memmap2::{Advice, MmapMut};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Bytes of magic and format version.
const START_BYTES: usize = 8;
/// The same with the length of a header.
const START_BYTES_WITH_HEADER: u64 = 12;
/// Largest header written and read, in bytes.
const MAX_HEADER_BYTES: u32 = 1 << 20;

/// A format of files.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The first bytes of a file.
    pub magic: [u8; 4],
    /// Files of other versions are rejected.
    pub version: u32,
    /// What a file holds, for errors: `areas`, `places`.
    pub what: &'static str,
    /// Bytes after which a larger file is cut off, and so rejected.
    pub max_bytes: u64,
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// It is missing or cannot be read.
    #[error("failed to read the {what} {}", path.display())]
    Unreadable { what: &'static str, path: PathBuf, source: io::Error },
    /// It does not begin with the magic of the format.
    #[error("{} is not a Folkmoot {what} file: import the {what} again", path.display())]
    Foreign { what: &'static str, path: PathBuf },
    /// It has another version of the format.
    #[error("{} has format {found}, expected {expected}: import the {what} again", path.display())]
    OtherFormat { what: &'static str, path: PathBuf, found: u32, expected: u32 },
    /// Its checksum or its content is wrong.
    #[error("{} is damaged: import the {what} again", path.display())]
    Damaged { what: &'static str, path: PathBuf },
}

/// Bytes of a file, in huge pages if the system has them: random look-ups would otherwise miss the TLB on every access.
pub struct Content {
    bytes: MmapMut,
    range: Range<usize>,
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }
}

impl Format {
    /// Reads a file and verifies it; returns what is between the version and the checksum.
    pub fn read(&self, path: &Path) -> Result<Content, LoadError> {
        self.verify(path, self.read_any(path)?)
    }

    /// Reads a file whatever its format.
    pub fn read_any(&self, path: &Path) -> Result<Content, LoadError> {
        self.content(path).map_err(|source| self.unreadable(path, source))
    }

    /// Whether bytes begin as a file of this format does.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&self.magic)
    }

    /// Verifies a whole file; `path` is for errors.
    pub fn verify(&self, path: &Path, file: Content) -> Result<Content, LoadError> {
        self.check_start(path, &file)?;
        let (checked, checksum) =
            file.split_last_chunk::<SHA256_OUTPUT_LEN>().ok_or_else(|| self.damaged(path))?;
        if checked.len() < START_BYTES || digest(&SHA256, checked).as_ref() != checksum {
            return Err(self.damaged(path));
        }
        let range = START_BYTES..checked.len();
        Ok(Content { range, ..file })
    }

    /// Splits verified content into its header and the rest.
    pub fn split_header<H: DeserializeOwned>(
        &self,
        path: &Path,
        content: Content,
    ) -> Result<(H, Content), LoadError> {
        let damaged = || self.damaged(path);
        let (length, rest) = content.split_first_chunk().ok_or_else(damaged)?;
        let length = self.header_length(path, *length)?;
        let (header, body) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let header = self.parse_header(path, header)?;
        let range = content.range.end - body.len()..content.range.end;
        Ok((header, Content { range, ..content }))
    }

    /// Reads the header of a file, without loading or verifying the rest.
    pub fn peek<H: DeserializeOwned>(&self, path: &Path) -> Result<H, LoadError> {
        let unreadable = |source| self.unreadable(path, source);
        let file = File::open(path).map_err(unreadable)?;
        let mut start = Vec::new();
        (&file).take(START_BYTES_WITH_HEADER).read_to_end(&mut start).map_err(unreadable)?;
        self.check_start(path, &start)?;
        let length = start.get(START_BYTES..).and_then(<[u8]>::first_chunk);
        let length = self.header_length(path, *length.ok_or_else(|| self.damaged(path))?)?;
        let mut header = vec![0; length];
        (&file).read_exact(&mut header).map_err(unreadable)?;
        self.parse_header(path, &header)
    }

    /// Writes a temporary file and renames it, so that a reader never sees a partial file and a crash leaves the old one.
    pub fn write(&self, path: &Path, content: &[&[u8]]) -> io::Result<()> {
        let unfinished = path.with_extension("unfinished");
        let mut file = File::create(&unfinished)?;
        let mut checksum = Context::new(&SHA256);
        let start: &[&[u8]] = &[&self.magic, &self.version.to_le_bytes()];
        for part in start.iter().chain(content) {
            checksum.update(part);
            file.write_all(part)?;
        }
        file.write_all(checksum.finish().as_ref())?;
        file.sync_all()?;
        replace(&unfinished, path)
    }

    fn content(&self, path: &Path) -> io::Result<Content> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len().min(self.max_bytes);
        let mut bytes = MmapMut::map_anon(usize::try_from(size).map_err(io::Error::other)?)?;
        // Not every system has huge pages.
        let _ = bytes.advise(Advice::HugePage);
        file.read_exact(&mut bytes)?;
        Ok(Content { range: 0..bytes.len(), bytes })
    }

    fn check_start(&self, path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
        let (what, path) = (self.what, path.to_owned());
        let version = bytes.strip_prefix(&self.magic).and_then(<[u8]>::first_chunk);
        match version.map(|version| u32::from_le_bytes(*version)) {
            None => Err(LoadError::Foreign { what, path }),
            Some(found) if found != self.version => {
                Err(LoadError::OtherFormat { what, path, found, expected: self.version })
            }
            Some(_) => Ok(()),
        }
    }

    fn header_length(&self, path: &Path, bytes: [u8; 4]) -> Result<usize, LoadError> {
        let length = Some(u32::from_le_bytes(bytes)).filter(|it| *it <= MAX_HEADER_BYTES);
        length.and_then(|it| usize::try_from(it).ok()).ok_or_else(|| self.damaged(path))
    }

    fn parse_header<H: DeserializeOwned>(&self, path: &Path, json: &[u8]) -> Result<H, LoadError> {
        // The program wrote it, so details of the error would not help.
        serde_json::from_slice(json).ok().ok_or_else(|| self.damaged(path))
    }

    /// The error of a file whose checksum is right and whose content is not.
    pub fn damaged(&self, path: &Path) -> LoadError {
        LoadError::Damaged { what: self.what, path: path.to_owned() }
    }

    fn unreadable(&self, path: &Path, source: io::Error) -> LoadError {
        LoadError::Unreadable { what: self.what, path: path.to_owned(), source }
    }
}

/// The bytes of a header, to be written before the rest of the content; an error if it is too long to be read again.
pub fn header(header: &impl Serialize) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(header)?;
    let length = u32::try_from(json.len()).ok().filter(|it| *it <= MAX_HEADER_BYTES);
    let length = length.ok_or_else(|| {
        let bytes = json.len();
        io::Error::other(format!("the header has {bytes} bytes, more than {MAX_HEADER_BYTES}"))
    })?;
    Ok([&length.to_le_bytes(), json.as_slice()].concat())
}

/// Renames a file in one step that survives a crash.
pub fn replace(new: &Path, path: &Path) -> io::Result<()> {
    fs::rename(new, path)?;
    // The name of a file lies in its folder, which is written back separately.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{Format, LoadError, MAX_HEADER_BYTES, header};

    const FORMAT: Format = Format { magic: *b"TEST", version: 3, what: "tests", max_bytes: 1_000 };

    #[test]
    fn header_and_body_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.bin");
        FORMAT.write(&path, &[&header(&"about").unwrap(), b"bo", b"dy"]).unwrap();
        assert_eq!(FORMAT.peek::<String>(&path).unwrap(), "about");
        let content = FORMAT.read(&path).unwrap();
        let (header, body) = FORMAT.split_header::<String>(&path, content).unwrap();
        assert_eq!((header.as_str(), &*body), ("about", &b"body"[..]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn a_header_too_long_to_be_read_is_not_written() {
        // Two quotation marks are part of the JSON.
        let most = usize::try_from(MAX_HEADER_BYTES).unwrap() - 2;
        assert!(header(&"x".repeat(most)).is_ok());
        assert!(header(&"x".repeat(most + 1)).is_err());
    }

    #[test]
    fn the_bytes_on_disk_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.bin");
        FORMAT.write(&path, &[b"content"]).unwrap();
        let mut expected = b"TEST\x03\0\0\0content".to_vec();
        let checksum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &expected);
        expected.extend(checksum.as_ref());
        assert_eq!(std::fs::read(&path).unwrap(), expected);
        assert_eq!(header(&7).unwrap(), b"\x01\0\0\x007");
    }

    #[test]
    fn a_file_that_is_not_whole_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.bin");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            FORMAT.read(&path).map(|content| content.to_vec())
        };
        FORMAT.write(&path, &[b"content"]).unwrap();
        let valid = std::fs::read(&path).unwrap();
        for length in 0..valid.len() {
            assert!(read(&valid[..length]).is_err(), "{length} bytes");
            let mut bad = valid.clone();
            bad[length] ^= 1;
            assert!(read(&bad).is_err(), "byte {length}");
        }
        assert!(matches!(read(b"TES"), Err(LoadError::Foreign { .. })));
        assert!(matches!(read(b"TEST\x02\0\0\0"), Err(LoadError::OtherFormat { found: 2, .. })));
        assert!(matches!(read(b"TEST\x03\0\0\0"), Err(LoadError::Damaged { .. })));
        FORMAT.write(&path, &[&[0; 1_000]]).unwrap();
        assert!(matches!(FORMAT.read(&path), Err(LoadError::Damaged { .. })), "it is too large");
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(FORMAT.read(&path), Err(LoadError::Unreadable { .. })));
    }
}
