//! The data in use: each file as it is now, and the indexes that are built from several of them.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::{ArcSwap, Guard};
use chrono::{NaiveDate, NaiveTime};
use contracts::services::POSTCODES;
use datafile::watched::Watched;
use kit::clock::Clock;

use super::layers;
use crate::{
    areas::{domain::Areas, gazetteer::Gazetteer, lookup::Codes, members::Members},
    config::{Config, NorthernIreland},
    data::{Edition, cache::ResponseCache},
    dataset::image::Dataset,
    hash_prefix::domain::HashIndex,
    outcodes::domain::Outcodes,
    places::{file, image::Places},
};

/// The data files, with the data loaded from them.
pub(crate) struct Files {
    sources: Sources,
    current: ArcSwap<Current>,
    /// Held while files are loaded, so that a later edition is never replaced by an earlier one.
    refreshing: Mutex<()>,
}

struct Sources {
    directory: Option<Watched<Directory>>,
    areas: Option<Watched<Areas>>,
    /// Used if no file of areas is configured.
    embedded: Arc<Areas>,
    places: Option<Watched<Places>>,
}

/// The data in use.
pub(crate) struct Current {
    /// The data, or the reason why it is missing.
    pub(crate) data: Result<Arc<Edition>, String>,
    /// Which newer files are not in use, and why.
    pub(crate) note: Option<String>,
}

/// The directory and the indexes built from it.
struct Directory {
    dataset: Arc<Dataset>,
    outcodes: Arc<Outcodes>,
    hashes: Arc<HashIndex>,
    codes: Arc<Codes>,
    members: Arc<Members>,
}

impl Files {
    /// Loads the configured files. The service can wait for a usable directory; boundaries and places must be usable if they
    /// are configured, because without them the answers would be different.
    pub(crate) fn load(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let sources = Sources::load(config, clock)?;
        let current = ArcSwap::from_pointee(sources.edition());
        Ok(Self { sources, current, refreshing: Mutex::default() })
    }

    /// The data in use now.
    pub(crate) fn current(&self) -> Guard<Arc<Current>> {
        self.current.load()
    }

    /// Loads files that were replaced. Blocks while loading.
    pub(crate) fn refresh(&self) {
        let _refreshing = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.sources.refresh() {
            self.current.store(Arc::new(self.sources.edition()));
        }
    }
}

impl Sources {
    fn load(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let (northern_ireland, areas_clock) = (config.northern_ireland, clock.clone());
        let load_areas = move |path: &Path| Ok(layers::load(path)?.with_clock(areas_clock.clone()));
        let watch_areas =
            |path: &Path| Watched::open(POSTCODES.name, "boundaries", path, load_areas);
        let watch_places = |path: &Path| {
            Watched::open(POSTCODES.name, "places", path, |path| Ok(file::load(path)?))
        };
        let watch_directory = |path: &Path| {
            let load = move |path: &Path| Directory::load(path, northern_ireland);
            Watched::new(POSTCODES.name, "directory", path, load).dated(released)
        };
        Ok(Self {
            directory: config.file.as_deref().map(watch_directory),
            areas: config.areas.as_deref().map(watch_areas).transpose()?,
            embedded: Arc::new(layers::demo()?.with_clock(clock.clone())),
            places: config.places.as_deref().map(watch_places).transpose()?,
        })
    }

    /// Loads files that were replaced; returns whether there were any.
    fn refresh(&self) -> bool {
        let changed = [
            self.directory.as_ref().is_some_and(Watched::refresh),
            self.areas.as_ref().is_some_and(Watched::refresh),
            self.places.as_ref().is_some_and(Watched::refresh),
        ];
        changed.contains(&true)
    }

    fn edition(&self) -> Current {
        let failures = [
            self.directory.as_ref().and_then(failure),
            self.areas.as_ref().and_then(failure),
            self.places.as_ref().and_then(failure),
        ];
        let failures: Vec<_> = failures.into_iter().flatten().collect();
        let note = (!failures.is_empty()).then(|| failures.join("; "));
        let areas = self.areas.as_ref().and_then(Watched::current);
        let areas = areas.unwrap_or_else(|| self.embedded.clone());
        let data = match self.directory.as_ref().and_then(Watched::current) {
            Some(directory) => Ok(Arc::new(Edition {
                dataset: directory.dataset.clone(),
                outcodes: directory.outcodes.clone(),
                hashes: directory.hashes.clone(),
                codes: directory.codes.clone(),
                members: directory.members.clone(),
                gazetteer: Gazetteer::new(&directory.dataset, &areas),
                areas,
                cache: ResponseCache::default(),
                places: self.places.as_ref().and_then(Watched::current),
            })),
            None => Err(note.clone().unwrap_or_else(|| {
                "FOLKMOOT_POSTCODES_FILE is not set: see `folkmoot data import postcodes`"
                    .to_owned()
            })),
        };
        Current { data, note }
    }
}

impl Directory {
    fn load(path: &Path, northern_ireland: NorthernIreland) -> anyhow::Result<Self> {
        let dataset = match northern_ireland {
            NorthernIreland::Include => Dataset::load(path)?,
            NorthernIreland::Exclude => Dataset::load_without_northern_ireland(path)?,
        };
        Ok(Self {
            outcodes: Arc::new(Outcodes::new(&dataset)),
            hashes: Arc::new(HashIndex::new(&dataset)),
            codes: Arc::new(Codes::new(&dataset)),
            members: Arc::new(Members::new(&dataset)),
            dataset: Arc::new(dataset),
        })
    }
}

/// The first day of the release, in seconds since 1970. It may be known by its month only.
fn released(directory: &Directory) -> Option<i64> {
    let text = directory.dataset.about().released.as_deref()?;
    let day = text.parse().or_else(|_| format!("{text}-01").parse::<NaiveDate>()).ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc().timestamp())
}

/// Why the newest file is not in use.
fn failure<T>(file: &Watched<T>) -> Option<String> {
    let reason = file.error()?;
    let kept = if file.current().is_some() { "the previous file is in use: " } else { "" };
    Some(format!("{kept}{reason}"))
}
