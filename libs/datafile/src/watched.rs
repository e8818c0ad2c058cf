//! A data file that operators replace while requests read what was in it.
//!
//! A file that was replaced is loaded beside the previous one. If it loads completely, it is used from then on; otherwise
//! the previous one stays in use.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use anyhow::anyhow;
use arc_swap::ArcSwapOption;

type Load<T> = Box<dyn Fn(&Path) -> anyhow::Result<T> + Send + Sync>;

/// A file and the value loaded from it.
pub struct Watched<T> {
    /// Labels of the metric: the service, and which of its data this is.
    service: &'static str,
    data: &'static str,
    path: PathBuf,
    load: Load<T>,
    date: fn(&T) -> Option<i64>,
    /// The file that was loaded last, whether it could be used or not: a damaged one is reported once, not every time.
    seen: Mutex<Option<Stamp>>,
    current: ArcSwapOption<T>,
    /// Readiness checks read this while a file is being loaded.
    error: ArcSwapOption<String>,
}

/// What changes when a file is replaced or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl<T> Watched<T> {
    /// Loads a file, which may be missing or unusable for now.
    pub fn new(
        service: &'static str,
        data: &'static str,
        path: &Path,
        load: impl Fn(&Path) -> anyhow::Result<T> + Send + Sync + 'static,
    ) -> Self {
        let watched = Self {
            service,
            data,
            path: path.to_owned(),
            load: Box::new(load),
            date: |_| None,
            // The stamp comes first: a file that is replaced while it is read is read again.
            seen: Mutex::new(Stamp::read(path)),
            current: ArcSwapOption::empty(),
            error: ArcSwapOption::empty(),
        };
        watched.take((watched.load)(path));
        watched
    }

    /// Loads a file that must be usable.
    pub fn open(
        service: &'static str,
        data: &'static str,
        path: &Path,
        load: impl Fn(&Path) -> anyhow::Result<T> + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let watched = Self::new(service, data, path, load);
        watched.error().map_or(Ok(watched), |error| Err(anyhow!(error)))
    }

    /// Reports this date of the data, in seconds since 1970. Without one, the file's is reported.
    #[must_use]
    pub fn dated(mut self, date: fn(&T) -> Option<i64>) -> Self {
        self.date = date;
        self.report_date();
        self
    }

    /// The value in use; a replacement does not disturb who holds it. None if no file could be loaded yet.
    pub fn current(&self) -> Option<Arc<T>> {
        self.current.load_full()
    }

    /// Why the newest file is not in use.
    pub fn error(&self) -> Option<String> {
        self.error.load().as_deref().cloned()
    }

    /// Loads the file if it was replaced; returns whether [`Self::current`] or [`Self::error`] changed. Blocks.
    pub fn refresh(&self) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::read(&self.path);
        if *seen == stamp {
            return false;
        }
        let loaded = (self.load)(&self.path);
        // It is still being written: try again next time.
        if Stamp::read(&self.path) != stamp {
            return false;
        }
        *seen = stamp;
        self.take(loaded);
        true
    }

    fn take(&self, loaded: anyhow::Result<T>) {
        let Self { service, data, .. } = *self;
        let result = match loaded {
            Ok(value) => {
                tracing::info!(service, data, "data file loaded");
                self.current.store(Some(Arc::new(value)));
                self.error.store(None);
                self.report_date();
                "loaded"
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(service, data, error, "failed to load data file");
                self.error.store(Some(Arc::new(error)));
                "refused"
            }
        };
        let labels = [("service", service), ("data", data), ("result", result)];
        metrics::counter!("folkmoot_data_loads_total", &labels).increment(1);
    }

    fn report_date(&self) {
        let Some(value) = self.current() else { return };
        let date = (self.date)(&value).or_else(|| Some(fs::metadata(&self.path).ok()?.mtime()));
        let file = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(date) = date {
            metrics::gauge!("folkmoot_data_timestamp_seconds", "service" => self.service, "data" => self.data, "file" => file).set(gauge(date));
        }
    }
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn gauge(seconds: i64) -> f64 {
    seconds as f64
}

impl Stamp {
    /// None if there is no file.
    fn read(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let (inode, bytes) = (metadata.ino(), metadata.len());
        Some(Self { inode, bytes, modified: metadata.modified().ok() })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _, path::Path};

    use anyhow::ensure;

    use super::Watched;

    fn number(path: &Path) -> anyhow::Result<u32> {
        Ok(fs::read_to_string(path)?.parse()?)
    }

    #[test]
    fn a_file_that_comes_later_or_is_replaced_is_loaded_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        assert!(Watched::open("test", "number", &path, number).is_err());
        let watched = Watched::new("test", "number", &path, number);
        assert!(watched.current().is_none() && watched.error().is_some());
        assert!(!watched.refresh(), "there is still no file");
        fs::write(&path, "1").unwrap();
        assert!(watched.refresh() && !watched.refresh());
        assert_eq!((watched.current().as_deref(), watched.error()), (Some(&1), None));
    }

    #[test]
    fn an_unusable_file_leaves_the_previous_one_in_use_until_a_usable_one_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        fs::write(&path, "1").unwrap();
        let watched = Watched::open("test", "number", &path, number).unwrap();
        fs::write(&path, "none").unwrap();
        assert!(watched.refresh() && !watched.refresh());
        assert_eq!(watched.current().as_deref(), Some(&1));
        assert!(watched.error().unwrap().contains("invalid digit"));
        fs::write(&path, "23").unwrap();
        assert!(watched.refresh());
        assert_eq!((watched.current().as_deref(), watched.error()), (Some(&23), None));
    }

    #[test]
    fn a_file_that_is_still_being_written_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        fs::write(&path, "1").unwrap();
        let append = |path: &Path| {
            let number = number(path)?;
            // What another process writes while this one reads.
            if (20..200).contains(&number) {
                fs::OpenOptions::new().append(true).open(path)?.write_all(b"0")?;
            }
            ensure!(number != 200, "half a file");
            Ok(number)
        };
        let watched = Watched::open("test", "number", &path, append).unwrap();
        fs::write(&path, "20").unwrap();
        assert!(!watched.refresh());
        assert_eq!((watched.current().as_deref(), watched.error()), (Some(&1), None));
        fs::write(&path, "2000").unwrap();
        assert!(watched.refresh());
        assert_eq!(watched.current().as_deref(), Some(&2_000));
    }
}
