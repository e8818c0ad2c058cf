//! Hot reload of the data files.
//!
//! A file that was replaced is loaded while requests use the previous one. If it loads completely, all later requests use it;
//! otherwise the previous one stays in use.

pub mod layers;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use kit::{clock::Clock, stamp::Stamp};

use crate::{
    areas::{domain::Areas, gazetteer::Gazetteer, lookup::Codes, members::Members},
    config::{Config, NorthernIreland},
    data::{Data, cache::ResponseCache},
    dataset::image::Dataset,
    hash_prefix::domain::HashIndex,
    outcodes::domain::Outcodes,
    places::{file, image::Places},
};

/// The data files, with the data loaded from them.
pub(crate) struct Files {
    northern_ireland: NorthernIreland,
    clock: Clock,
    current: ArcSwap<Current>,
    parts: Mutex<Parts>,
}

/// The data in use.
#[derive(Clone)]
pub(crate) struct Current {
    /// The data, or the reason why it is missing.
    pub(crate) data: Result<Arc<Data>, String>,
    /// Which newer files are not in use, and why.
    pub(crate) note: Option<String>,
}

struct Parts {
    directory: Part<Directory>,
    areas: Part<Arc<Areas>>,
    places: Part<Arc<Places>>,
}

/// The directory and the indexes built from it.
#[derive(Clone)]
struct Directory {
    dataset: Arc<Dataset>,
    outcodes: Arc<Outcodes>,
    hashes: Arc<HashIndex>,
    codes: Arc<Codes>,
    members: Arc<Members>,
}

/// A file and the value loaded from it.
struct Part<T> {
    name: &'static str,
    path: Option<PathBuf>,
    seen: Option<Stamp>,
    value: Option<T>,
    /// Why the newest file is not in use.
    failed: Option<String>,
}

impl Files {
    /// Loads the configured files. The service can wait for a usable directory; boundaries and places must be usable if they
    /// are configured, because without them the answers would be different.
    pub(crate) fn load(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let mut areas = Part::new("boundaries", config.areas.clone());
        match &config.areas {
            Some(_) => areas.required(|path| load_areas(path, clock))?,
            None => areas.value = Some(Arc::new(layers::demo()?.with_clock(clock.clone()))),
        }
        let mut places = Part::new("places", config.places.clone());
        if config.places.is_some() {
            places.required(load_places)?;
        }
        let directory = Part::new("directory", config.file.clone());
        let mut parts = Parts { directory, areas, places };
        let northern_ireland = config.northern_ireland;
        parts.directory.refresh(|path| load_directory(path, northern_ireland));
        let current = ArcSwap::from_pointee(parts.current());
        Ok(Self { northern_ireland, clock: clock.clone(), current, parts: Mutex::new(parts) })
    }

    /// The data in use now.
    pub(crate) fn current(&self) -> arc_swap::Guard<Arc<Current>> {
        self.current.load()
    }

    /// Loads files that were replaced. Blocks while loading.
    pub(crate) fn refresh(&self) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = [
            parts.directory.refresh(|path| load_directory(path, self.northern_ireland)),
            parts.areas.refresh(|path| load_areas(path, &self.clock)),
            parts.places.refresh(load_places),
        ];
        if changed.contains(&true) {
            self.current.store(Arc::new(parts.current()));
        }
    }
}

impl Parts {
    fn current(&self) -> Current {
        let failures = [&self.directory.failure(), &self.areas.failure(), &self.places.failure()];
        let failures: Vec<_> = failures.into_iter().flatten().map(String::as_str).collect();
        let note = (!failures.is_empty()).then(|| failures.join("; "));
        let data = match (&self.directory.value, &self.areas.value) {
            (Some(directory), Some(areas)) => Ok(Arc::new(Data {
                dataset: directory.dataset.clone(),
                areas: areas.clone(),
                outcodes: directory.outcodes.clone(),
                hashes: directory.hashes.clone(),
                codes: directory.codes.clone(),
                members: directory.members.clone(),
                gazetteer: Gazetteer::new(&directory.dataset, areas),
                cache: ResponseCache::default(),
                places: self.places.value.clone(),
            })),
            _ => Err(note.clone().unwrap_or_else(|| {
                "FOLKMOOT_POSTCODES_FILE is not set: see `folkmoot data import postcodes`"
                    .to_owned()
            })),
        };
        Current { data, note }
    }
}

impl<T> Part<T> {
    fn new(name: &'static str, path: Option<PathBuf>) -> Self {
        Self { name, path, seen: None, value: None, failed: None }
    }

    /// Loads the file if it changed; returns whether it did.
    fn refresh(&mut self, load: impl FnOnce(&Path) -> anyhow::Result<T>) -> bool {
        let Some(path) = &self.path else { return false };
        let (name, found) = (self.name, Stamp::of(path));
        let first = self.seen.is_none() && self.value.is_none() && self.failed.is_none();
        if found == self.seen && !first {
            return false;
        }
        // Set before reading, so that a file replaced meanwhile is loaded next time.
        self.seen = found;
        let outcome = match load(path) {
            Ok(value) => {
                tracing::info!(file = name, "data loaded");
                (self.value, self.failed) = (Some(value), None);
                "loaded"
            }
            Err(error) => {
                let reason = format!("{error:#}");
                tracing::warn!(
                    file = name,
                    reason,
                    "failed to load new data file; keeping the previous one"
                );
                self.failed = Some(reason);
                "refused"
            }
        };
        metrics::counter!("folkmoot_data_loads_total", "file" => name, "outcome" => outcome)
            .increment(1);
        true
    }

    fn required(&mut self, load: impl FnOnce(&Path) -> anyhow::Result<T>) -> anyhow::Result<()> {
        self.refresh(load);
        match &self.failed {
            None => Ok(()),
            Some(reason) => Err(anyhow::anyhow!("{reason}")),
        }
    }

    fn failure(&self) -> Option<String> {
        let reason = self.failed.as_ref()?;
        let kept = if self.value.is_some() { "the previous file is in use: " } else { "" };
        Some(format!("{kept}{reason}"))
    }
}

fn load_directory(path: &Path, northern_ireland: NorthernIreland) -> anyhow::Result<Directory> {
    let dataset = match northern_ireland {
        NorthernIreland::Include => Dataset::load(path)?,
        NorthernIreland::Exclude => Dataset::load_without_northern_ireland(path)?,
    };
    Ok(Directory {
        outcodes: Arc::new(Outcodes::new(&dataset)),
        hashes: Arc::new(HashIndex::new(&dataset)),
        codes: Arc::new(Codes::new(&dataset)),
        members: Arc::new(Members::new(&dataset)),
        dataset: Arc::new(dataset),
    })
}

fn load_areas(path: &Path, clock: &Clock) -> anyhow::Result<Arc<Areas>> {
    Ok(Arc::new(layers::load(path)?.with_clock(clock.clone())))
}

fn load_places(path: &Path) -> anyhow::Result<Arc<Places>> {
    Ok(Arc::new(file::load(path)?))
}
