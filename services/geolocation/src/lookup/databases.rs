//! The database files together: which of them answers, and the change of one of them while requests read.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::{ArcSwap, Guard};

use super::database::{Database, OpenError};
use super::domain::{self, Answer, AutonomousSystem, Found, Place};

/// The files that are asked, in their order.
pub struct Databases {
    files: Vec<Watched>,
    current: ArcSwap<Set>,
}

/// The databases as they were at one moment.
#[derive(Default)]
pub struct Set(Vec<Arc<Database>>);

struct Watched {
    path: PathBuf,
    /// The file that was looked at last, whether it could be used or not: a broken one is told once, not every time.
    seen: Mutex<Option<Stamp>>,
}

/// What changes when a file is replaced or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Databases {
    /// Reads all files. A fault here is the operator's, found at start.
    pub fn open(paths: &[PathBuf]) -> Result<Self, OpenError> {
        let (mut files, mut set) = (Vec::new(), Vec::new());
        for path in paths {
            let seen = Mutex::new(Stamp::of(path));
            set.push(Arc::new(load(path)?));
            files.push(Watched { path: path.clone(), seen });
        }
        Ok(Self { files, current: ArcSwap::from_pointee(Set(set)) })
    }

    /// The databases of this moment; a change does not disturb who holds them.
    pub fn now(&self) -> Guard<Arc<Set>> {
        self.current.load()
    }

    /// Looks for changed files and takes over those that can be used. Whatever is wrong with a new file, the old data
    /// goes on serving. Blocks while it reads.
    pub fn reload(&self) {
        let mut set = self.current.load().0.clone();
        let mut changed = false;
        for (file, database) in self.files.iter().zip(&mut set) {
            if let Some(new) = file.changed() {
                *database = Arc::new(new);
                changed = true;
            }
        }
        if changed {
            self.current.store(Arc::new(Set(set)));
        }
    }
}

impl Set {
    /// The answer for an address. The place is the first database's that has one, whole: places of two vendors do not mix.
    pub fn look_up(&self, address: IpAddr) -> Answer<'_> {
        domain::answer(address, |address| self.find(address))
    }

    fn find(&self, address: IpAddr) -> Found<'_> {
        let mut found = Found::default();
        for database in &self.0 {
            let Some((entry, network)) = database.find(address) else { continue };
            let source = database.source();
            if found.source.is_none() {
                let place = entry.place();
                if place != Place::default() {
                    (found.place, found.network, found.source) = (place, network, Some(source));
                }
            }
            let operator = entry.operator();
            if let (None, Some(number)) = (found.autonomous_system, operator.number) {
                let (organisation, isp) = (operator.organisation, operator.isp);
                found.autonomous_system =
                    Some(AutonomousSystem { number, organisation, isp, network, source });
            }
        }
        found
    }
}

impl Watched {
    /// The new database, when the file is another one than last time and can be used.
    fn changed(&self) -> Option<Database> {
        let stamp = Stamp::of(&self.path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == stamp {
            return None;
        }
        let loaded = load(&self.path);
        // Somebody still writes: look again next time.
        if Stamp::of(&self.path) != stamp {
            return None;
        }
        *seen = stamp;
        let outcome = if loaded.is_ok() { "taken" } else { "refused" };
        metrics::counter!("folkmoot_geolocation_reloads_total", "outcome" => outcome).increment(1);
        loaded
            .map_err(|error| {
                let error = format!("{:#}", anyhow::Error::new(error));
                tracing::warn!(error, "an IP database is not taken over; the old one serves on");
            })
            .ok()
    }
}

impl Stamp {
    /// None when the file is not there.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let (inode, length) = (metadata.ino(), metadata.len());
        Some(Self { inode, length, modified: metadata.modified().ok() })
    }
}

fn load(path: &Path) -> Result<Database, OpenError> {
    let database = Database::open(path)?;
    let source = database.source();
    tracing::info!(database = source.database, built_at = ?source.built_at, "IP database loaded");
    Ok(database)
}
