//! A booted service on databases that the tests write.

use std::path::{Path, PathBuf};

use geolocation::Geolocation;
use testkit::app::TestApp;

use crate::mmdb::Value;
use crate::{lookup, mmdb};

/// A service, and the folder with its one database.
pub(crate) struct Booted {
    pub(crate) app: TestApp<Geolocation>,
    pub(crate) database: PathBuf,
    _folder: tempfile::TempDir,
}

/// A service that knows 81.2.0.0/16.
pub(crate) async fn boot() -> Booted {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("city.mmdb");
    put(&database, "Folkmoot-City", &[("81.2.0.0/16", lookup::town("Oxford"))]);
    let settings = [("FOLKMOOT_GEOLOCATION_MMDB", database.to_str().unwrap())];
    Booted { app: TestApp::start(&settings).await, database, _folder: folder }
}

/// Puts a database in the place of a file in one step, as an updater should.
pub(crate) fn put(path: &Path, database_type: &'static str, entries: &[(&str, Value)]) {
    replace(path, &mmdb::write(database_type, entries));
}

/// The same with any bytes.
pub(crate) fn replace(path: &Path, bytes: &[u8]) {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, bytes).unwrap();
    std::fs::rename(&draft, path).unwrap();
}
