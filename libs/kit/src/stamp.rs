//! What tells a file from the one that replaced it, for services that take over new data while they answer.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path, time::SystemTime};

/// What changes when a file is replaced or written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// None where there is no file.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let (inode, bytes) = (metadata.ino(), metadata.len());
        Some(Self { inode, bytes, modified: metadata.modified().ok() })
    }
}
