//! Files that operators replace while requests read what was in them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kit::stamp::Stamp;

/// A file that is looked at again and again.
pub(crate) struct Watched {
    path: PathBuf,
    /// The file that was looked at last, whether it could be used or not: a broken one is told once, not every time.
    seen: Mutex<Option<Stamp>>,
}

impl Watched {
    /// Reads the file for the first time. A fault here is the operator's, found at start.
    pub(crate) fn open<T, E>(
        path: &Path,
        load: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Result<(Self, T), E> {
        // The stamp comes first: a file that is replaced in between is read again.
        let seen = Mutex::new(Stamp::of(path));
        let loaded = load(path)?;
        Ok((Self { path: path.to_owned(), seen }, loaded))
    }

    /// What the file holds now, when it is another one than last time and can be used. Blocks while it reads.
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
        loaded
            .map_err(|error| {
                let error = format!("{error:#}");
                tracing::warn!(error, "a file is not taken over; what was loaded serves on");
            })
            .ok()
    }
}
