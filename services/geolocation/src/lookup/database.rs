//! The database file: the nested MaxMind layout (`GeoIP2` and `GeoLite2` City or
//! Country, `DB-IP` City).

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use maxminddb::geoip2::{self, Names};
use maxminddb::{MaxMindDbError, Reader};
use thiserror::Error;

use super::domain::{self, Answer, Named, Place, Position, Source};

/// A database in memory, or none. Immutable; share it behind an `Arc`.
pub struct Database {
    reader: Option<Reader<Vec<u8>>>,
}

/// Why a database that was named cannot be used: a fault of the operator's, found at start.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot read the IP database {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is no MaxMind database", path.display())]
    Foreign { path: PathBuf, source: MaxMindDbError },
}

impl Database {
    /// No database: every ordinary address is unknown.
    pub fn absent() -> Self {
        Self { reader: None }
    }

    /// Reads a file whole.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let bytes = std::fs::read(path)
            .map_err(|source| OpenError::Unreadable { path: path.to_owned(), source })?;
        let reader = Reader::from_source(bytes)
            .map_err(|source| OpenError::Foreign { path: path.to_owned(), source })?;
        Ok(Self { reader: Some(reader) })
    }

    /// What the database says of itself; none if there is none.
    pub fn source(&self) -> Option<Source> {
        let metadata = self.reader.as_ref()?.metadata();
        let built_s = i64::try_from(metadata.build_epoch).ok();
        Some(Source {
            database: metadata.database_type.clone(),
            built_at: built_s.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        })
    }

    /// The answer for an address. Never an error: an entry that cannot be read is no entry.
    pub fn look_up(&self, address: IpAddr) -> Answer {
        let address = domain::canonical(address);
        domain::answer(address, self.source(), || self.place(address))
    }

    fn place(&self, address: IpAddr) -> Option<Place> {
        // An IPv6 address in a database of IPv4 is an error to the reader and unknown to us.
        let found = self.reader.as_ref()?.lookup(address).ok()?;
        let entry: geoip2::City<'_> = found.decode().ok()??;
        let location = &entry.location;
        let position = location.longitude.zip(location.latitude);
        Some(Place {
            country: named(entry.country.iso_code, &entry.country.names),
            region: entry
                .subdivisions
                .first()
                .and_then(|first| named(first.iso_code, &first.names)),
            city: entry.city.names.english.map(str::to_owned),
            position: position.map(|(longitude, latitude)| Position {
                longitude,
                latitude,
                accuracy_km: location.accuracy_radius,
            }),
        })
    }
}

fn named(iso_code: Option<&str>, names: &Names<'_>) -> Option<Named> {
    let area =
        Named { iso_code: iso_code.map(str::to_owned), name: names.english.map(str::to_owned) };
    (area.iso_code.is_some() || area.name.is_some()).then_some(area)
}
