//! The database files: read whole, replaced while requests read, and searched together.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::{ArcSwap, Guard};
use chrono::DateTime;
use contracts::services::GEOLOCATION;
use datafile::watched::Watched;
use ipnet::IpNet;
use maxminddb::{MaxMindDbError, Reader};
use thiserror::Error;

use super::{
    domain::{self, Answer, AutonomousSystem, Location, Match, Source},
    record::Record,
};

/// The configured files, in the order in which they are searched.
pub struct Databases {
    files: Vec<Watched<Database>>,
    current: ArcSwap<DatabaseSet>,
    /// Held while files are loaded, so that a later set is never replaced by an earlier one.
    refreshing: Mutex<()>,
}

/// The databases in use at one moment.
pub struct DatabaseSet(Vec<Arc<Database>>);

/// A database in memory. Immutable.
struct Database(Reader<Vec<u8>>);

/// Why a file cannot be used.
#[derive(Debug, Error)]
enum OpenError {
    #[error("failed to read the IP database {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not a MaxMind database", path.display())]
    Foreign { path: PathBuf, source: MaxMindDbError },
}

impl Databases {
    /// Reads all files, which must be usable.
    pub fn open(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let open = |path: &PathBuf| {
            let load = |path: &Path| Ok(Database::open(path)?);
            let file = Watched::open(GEOLOCATION.name, "ip_database", path, load)?;
            Ok(file.dated(|it: &Database| Some(it.source().built_at?.timestamp())))
        };
        let files = paths.iter().map(open).collect::<anyhow::Result<Vec<_>>>()?;
        let current = ArcSwap::from_pointee(DatabaseSet::new(&files));
        Ok(Self { files, current, refreshing: Mutex::default() })
    }

    /// The databases in use; a replacement does not disturb who holds them.
    pub fn current(&self) -> Guard<Arc<DatabaseSet>> {
        self.current.load()
    }

    /// Why newer files are not in use.
    pub(crate) fn errors(&self) -> impl Iterator<Item = String> {
        self.files.iter().filter_map(Watched::error)
    }

    /// Loads files that were replaced. Blocks while loading.
    pub(crate) fn refresh(&self) {
        let _refreshing = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_changed = false;
        for file in &self.files {
            is_changed |= file.refresh();
        }
        if is_changed {
            self.current.store(Arc::new(DatabaseSet::new(&self.files)));
        }
    }
}

impl DatabaseSet {
    fn new(files: &[Watched<Database>]) -> Self {
        Self(files.iter().filter_map(Watched::current).collect())
    }

    /// The answer for an address. The location is that of the first database that has one: those of two vendors are not mixed.
    pub fn look_up(&self, address: IpAddr) -> Answer<'_> {
        domain::answer(address, |address| self.find(address))
    }

    fn find(&self, address: IpAddr) -> Match<'_> {
        let mut found = Match::default();
        for database in &self.0 {
            let Some((record, network)) = database.find(address) else { continue };
            let source = database.source();
            if found.source.is_none() {
                let location = record.location();
                if location != Location::default() {
                    (found.location, found.network, found.source) =
                        (location, network, Some(source));
                }
            }
            let operator = record.operator();
            if let (None, Some(number)) = (found.autonomous_system, operator.number) {
                let (organisation, isp) = (operator.organisation, operator.isp);
                found.autonomous_system =
                    Some(AutonomousSystem { number, organisation, isp, network, source });
            }
        }
        found
    }
}

impl Database {
    fn open(path: &Path) -> Result<Self, OpenError> {
        let bytes = std::fs::read(path)
            .map_err(|source| OpenError::Unreadable { path: path.to_owned(), source })?;
        let reader = Reader::from_source(bytes)
            .map_err(|source| OpenError::Foreign { path: path.to_owned(), source })?;
        let database = Self(reader);
        let Source { database: name, built_at } = database.source();
        tracing::info!(database = name, ?built_at, "IP database opened");
        Ok(database)
    }

    /// Type and date of the database.
    fn source(&self) -> Source<'_> {
        let metadata = self.0.metadata();
        let built_s = i64::try_from(metadata.build_epoch).ok();
        Source {
            database: &metadata.database_type,
            built_at: built_s.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        }
    }

    /// The record of an address, and the network that has it. Never an error: a record that cannot be read is treated as
    /// missing, and so is that of an IPv6 address in a database of IPv4.
    fn find(&self, address: IpAddr) -> Option<(Record<'_>, Option<IpNet>)> {
        let result = self.0.lookup(address).ok()?;
        let record = result.decode().ok()??;
        let network = result.network().ok();
        let network = network.and_then(|it| IpNet::new(it.ip(), it.prefix()).ok());
        Some((record, network))
    }
}
