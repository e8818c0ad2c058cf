//! One database file in memory.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use ipnet::IpNet;
use maxminddb::{MaxMindDbError, Reader};
use thiserror::Error;

use super::domain::Source;
use super::entry::Entry;

/// A database. Immutable.
pub struct Database {
    reader: Reader<Vec<u8>>,
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot read the IP database {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is no MaxMind database", path.display())]
    Foreign { path: PathBuf, source: MaxMindDbError },
}

impl Database {
    /// Reads a file whole.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let bytes = std::fs::read(path)
            .map_err(|source| OpenError::Unreadable { path: path.to_owned(), source })?;
        let reader = Reader::from_source(bytes)
            .map_err(|source| OpenError::Foreign { path: path.to_owned(), source })?;
        Ok(Self { reader })
    }

    /// What the database says of itself.
    pub fn source(&self) -> Source<'_> {
        let metadata = self.reader.metadata();
        let built_s = i64::try_from(metadata.build_epoch).ok();
        Source {
            database: &metadata.database_type,
            built_at: built_s.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        }
    }

    /// The entry of an address and the block that has it. Never an error: an entry that cannot be read is no entry, and
    /// neither has an IPv6 address one in a database of IPv4.
    pub(super) fn find(&self, address: IpAddr) -> Option<(Entry<'_>, Option<IpNet>)> {
        let result = self.reader.lookup(address).ok()?;
        let entry = result.decode().ok()??;
        let network = result.network().ok();
        let network = network.and_then(|it| IpNet::new(it.ip(), it.prefix()).ok());
        Some((entry, network))
    }
}
