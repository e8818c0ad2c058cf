//! The gazetteer in use, which changes when its file does.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::Gazetteer;
use crate::watch::Watched;

/// The places of one file, or none.
pub struct Current {
    file: Option<Watched>,
    gazetteer: ArcSwapOption<Gazetteer>,
}

impl Current {
    /// Reads the file, if one is named.
    pub fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self { file: None, gazetteer: ArcSwapOption::empty() });
        };
        let (file, gazetteer) = Watched::open(path, load)?;
        Ok(Self { file: Some(file), gazetteer: ArcSwapOption::from_pointee(gazetteer) })
    }

    /// The places of this moment; a change does not disturb who holds them.
    pub fn now(&self) -> Option<Arc<Gazetteer>> {
        self.gazetteer.load_full()
    }

    /// Why a newer file could not be loaded.
    pub(crate) fn refused(&self) -> Option<String> {
        self.file.as_ref().and_then(Watched::refused)
    }

    /// Takes over a changed file, if it can be used. Blocks while it reads.
    pub fn reload(&self) {
        if let Some(gazetteer) = self.file.as_ref().and_then(|file| file.changed(load)) {
            self.gazetteer.store(Some(Arc::new(gazetteer)));
        }
    }
}

fn load(path: &Path) -> anyhow::Result<Gazetteer> {
    let gazetteer = Gazetteer::load(path)?;
    let about = gazetteer.about();
    tracing::info!(name = about.name, version = about.version, "places loaded");
    Ok(gazetteer)
}
