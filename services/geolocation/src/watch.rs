//! Files that operators replace while requests read what was in them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kit::stamp::Stamp;

/// A file that is looked at again and again.
pub(crate) struct Watched {
    path: PathBuf,
    /// The file that was looked at last, whether it could be loaded or not: a broken one is logged once, not every time.
    seen: Mutex<Option<Stamp>>,
    /// Why it could not be loaded. Readiness checks read this while a file is being loaded.
    refused: Mutex<Option<String>>,
}

impl Watched {
    /// Reads the file for the first time. An error here is the operator's, found at start.
    pub(crate) fn open<T, E>(
        path: &Path,
        load: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Result<(Self, T), E> {
        // The stamp comes first: a file that is replaced in between is read again.
        let seen = Mutex::new(Stamp::of(path));
        let loaded = load(path)?;
        Ok((Self { path: path.to_owned(), seen, refused: Mutex::default() }, loaded))
    }

    /// What the file holds now, when it has changed since last time and can be loaded. Blocks while it reads.
    pub(crate) fn changed<T, E: Into<anyhow::Error>>(
        &self,
        load: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Option<T> {
        let stamp = Stamp::of(&self.path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == stamp {
            return None;
        }
        let loaded = load(&self.path).map_err(Into::into);
        // Somebody still writes: look again next time.
        if Stamp::of(&self.path) != stamp {
            return None;
        }
        *seen = stamp;
        let outcome = if loaded.is_ok() { "taken" } else { "refused" };
        metrics::counter!("folkmoot_geolocation_reloads_total", "outcome" => outcome).increment(1);
        let error = loaded.as_ref().err().map(|error| format!("{error:#}"));
        if let Some(error) = &error {
            tracing::warn!(error, "failed to load new data file; keeping the previous one");
        }
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = error;
        loaded.ok()
    }

    /// Why the newest file could not be loaded; none when it was.
    pub(crate) fn refused(&self) -> Option<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
