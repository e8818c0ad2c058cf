//! The database files together: which of them answers, and the change of one of them while requests read.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::database::{Database, OpenError};
use super::domain::{self, Answer, AutonomousSystem, Found, Place};
use crate::watch::Watched;

/// The files that are asked, in their order.
pub struct Databases {
    files: Vec<Watched>,
    current: ArcSwap<Set>,
}

/// The databases as they were at one moment.
pub struct Set(Vec<Arc<Database>>);

impl Databases {
    /// Reads all files.
    pub fn open(paths: &[PathBuf]) -> Result<Self, OpenError> {
        let (mut files, mut set) = (Vec::new(), Vec::new());
        for path in paths {
            let (file, database) = Watched::open(path, load)?;
            files.push(file);
            set.push(Arc::new(database));
        }
        Ok(Self { files, current: ArcSwap::from_pointee(Set(set)) })
    }

    /// The databases of this moment; a change does not disturb who holds them.
    pub fn now(&self) -> Guard<Arc<Set>> {
        self.current.load()
    }

    /// Why newer files could not be loaded.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.files.iter().filter_map(Watched::refused).collect()
    }

    /// Looks for changed files and takes over those that can be used. Whatever is wrong with a new file, the old data
    /// goes on serving. Blocks while it reads.
    pub fn reload(&self) {
        let mut set = self.current.load().0.clone();
        let mut changed = false;
        for (file, database) in self.files.iter().zip(&mut set) {
            if let Some(new) = file.changed(load) {
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

fn load(path: &Path) -> Result<Database, OpenError> {
    let database = Database::open(path)?;
    let source = database.source();
    tracing::info!(database = source.database, built_at = ?source.built_at, "IP database loaded");
    Ok(database)
}
