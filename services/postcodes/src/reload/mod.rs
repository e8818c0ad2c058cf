//! The files in use, and their replacement while requests are answered.
//!
//! A file that was replaced is loaded aside; only one that loads whole takes the place of the one in
//! use, at once and for all requests that come after. Where it does not, the old one goes on.

pub mod layers;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use kit::{clock::Clock, stamp::Stamp};

use crate::{
    areas::{codes::Codes, domain::Areas, gazetteer::Gazetteer, members::Members},
    config::{Config, NorthernIreland},
    data::{Data, cache::ResponseCache},
    dataset::image::Dataset,
    hash_prefix::domain::HashIndex,
    outcodes::domain::Outcodes,
    places::{file, image::Places},
};

/// All files.
pub(crate) struct Files {
    northern_ireland: NorthernIreland,
    clock: Clock,
    current: ArcSwap<Current>,
    parts: Mutex<Parts>,
}

/// What requests are answered from.
#[derive(Clone)]
pub(crate) struct Current {
    /// The data, or why it is not there.
    pub(crate) data: Result<Arc<Data>, String>,
    /// Which newer files are not in use, and why.
    pub(crate) note: Option<String>,
}

struct Parts {
    directory: Part<Directory>,
    areas: Part<Arc<Areas>>,
    places: Part<Arc<Places>>,
}

/// The directory and what is worked out from it.
#[derive(Clone)]
struct Directory {
    dataset: Arc<Dataset>,
    outcodes: Arc<Outcodes>,
    hashes: Arc<HashIndex>,
    codes: Arc<Codes>,
    members: Arc<Members>,
}

/// A file and what was loaded from it.
struct Part<T> {
    name: &'static str,
    path: Option<PathBuf>,
    seen: Option<Stamp>,
    value: Option<T>,
    /// Why the newest file is not what is in use.
    failed: Option<String>,
}

impl Files {
    /// Loads what is named. A directory that cannot be used is a reason, since the service may wait for one; outlines and
    /// places that are named must be usable, because without them there would be other answers.
    pub(crate) fn load(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let mut areas = Part::new("outlines", config.areas.clone());
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

    /// What is in use at this moment.
    pub(crate) fn current(&self) -> arc_swap::Guard<Arc<Current>> {
        self.current.load()
    }

    /// Looks whether a file was replaced, and puts it in use. Blocks while one is loaded.
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
        let failures = [&self.directory.told(), &self.areas.told(), &self.places.told()];
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
                gazetteer: Gazetteer::of(&directory.dataset, areas),
                cache: ResponseCache::default(),
                places: self.places.value.clone(),
            })),
            _ => Err(note.clone().unwrap_or_else(|| {
                "FOLKMOOT_POSTCODES_FILE names no file: see `folkmoot data import postcodes`"
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

    /// Loads the file if it is another than the one seen last; tells whether that changed anything.
    fn refresh(&mut self, load: impl FnOnce(&Path) -> anyhow::Result<T>) -> bool {
        let Some(path) = &self.path else { return false };
        let (name, found) = (self.name, Stamp::of(path));
        let first = self.seen.is_none() && self.value.is_none() && self.failed.is_none();
        if found == self.seen && !first {
            return false;
        }
        // Seen before it is read: what comes while it is read is another file again.
        self.seen = found;
        let outcome = match load(path) {
            Ok(value) => {
                tracing::info!(file = name, "data loaded");
                (self.value, self.failed) = (Some(value), None);
                "loaded"
            }
            Err(error) => {
                let reason = format!("{error:#}");
                tracing::warn!(file = name, reason, "data not loaded, what was in use stays");
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

    fn told(&self) -> Option<String> {
        let reason = self.failed.as_ref()?;
        let stays = if self.value.is_some() { "the earlier file is in use: " } else { "" };
        Some(format!("{stays}{reason}"))
    }
}

fn load_directory(path: &Path, northern_ireland: NorthernIreland) -> anyhow::Result<Directory> {
    let dataset = match northern_ireland {
        NorthernIreland::Include => Dataset::load(path)?,
        NorthernIreland::Exclude => Dataset::load_without_northern_ireland(path)?,
    };
    Ok(Directory {
        outcodes: Arc::new(Outcodes::of(&dataset)),
        hashes: Arc::new(HashIndex::of(&dataset)),
        codes: Arc::new(Codes::of(&dataset)),
        members: Arc::new(Members::of(&dataset)),
        dataset: Arc::new(dataset),
    })
}

fn load_areas(path: &Path, clock: &Clock) -> anyhow::Result<Arc<Areas>> {
    Ok(Arc::new(layers::load(path)?.with_clock(clock.clone())))
}

fn load_places(path: &Path) -> anyhow::Result<Arc<Places>> {
    Ok(Arc::new(file::load(path)?))
}
