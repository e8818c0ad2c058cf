//! Fixtures: the project's own small directory, and the shared real extracts where they are.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::values::postcode::Postcode;
use kit::{
    auth::{
        claims,
        workload::{self, Workload},
    },
    clock::Clock,
    secret::Secret,
};
use postcodes::{
    Postcodes,
    dataset::{
        builder::{Builder, Names, Row},
        format::About,
        image::{Dataset, Month},
        kind::Kind,
    },
    import::{self, Base, Report, Request},
};
use tempfile::TempDir;
use testkit::{app::TestApp, fakes::new_key};

pub(crate) fn postcode(text: &str) -> Postcode {
    Postcode::parse(text).unwrap()
}

pub(crate) fn about() -> About {
    About {
        name: "Test directory".to_owned(),
        version: "1".to_owned(),
        released: None,
        licence: "Apache-2.0".to_owned(),
        attribution: vec![],
        postcodes: 0,
        located: 0,
        terminated: Some(0),
        constituency_generation: None,
    }
}

/// Imports a directory of the ONS with the names in a folder.
pub(crate) fn import_onspd(csv: &Path, names: Option<&Path>, out: &Path) -> Report {
    let names = names.map(Path::to_owned);
    let request = Request { names, ..Request::new(Base::Onspd(csv.to_owned()), out) };
    import::run(&request, &mut |_| {}).unwrap()
}

/// Invented postcodes: one in Oxford East's outline, one terminated, one without a position.
pub(crate) fn write_small(folder: &TempDir) -> PathBuf {
    let mut builder = Builder::new().unwrap();
    let row = |text, degrees, terminated, areas| Row {
        postcode: postcode(text),
        grid: None,
        degrees,
        quality: Some(1),
        introduced: Month::parse("198001"),
        terminated,
        areas,
    };
    let oxford =
        [(Kind::District, "E07000178"), (Kind::Country, "E92000001"), (Kind::County, "E99999999")];
    builder.push(&row("OX4 1AA", Some((-1.2165, 51.752)), None, &oxford));
    builder.push(&row("M1 1AA", None, Month::parse("199606"), &[]));
    builder.push(&row("JE2 4WD", None, None, &[(Kind::Country, "L93000001")]));
    let names =
        Names::from([(Kind::District, [("E07000178".to_owned(), "Oxford".to_owned())].into())]);
    let out = folder.path().join("postcodes.bin");
    builder.write(about(), &names, &out).unwrap();
    out
}

pub(crate) fn small() -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    Dataset::load(&write_small(&folder)).unwrap()
}

/// The service with the small directory.
pub(crate) async fn start(folder: &TempDir) -> TestApp<Postcodes> {
    let file = write_small(folder);
    start_with(&[("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap())]).await
}

/// The service with these settings; it knows the workload keys of [`workload`].
pub(crate) async fn start_with(settings: &[(&str, &str)]) -> TestApp<Postcodes> {
    let keys = ["campaigns", "geolocation", "webhooks"].map(|service| {
        claims::public_jwk(workload_key(), &workload::workload_kid(service)).unwrap()
    });
    let keys = serde_json::json!({ "keys": keys }).to_string();
    let mut all = vec![("FOLKMOOT_WORKLOAD_JWKS", keys.as_str())];
    all.extend(settings);
    TestApp::start(&all).await
}

/// A workload token for this service.
pub(crate) fn workload(service: &'static str, clock: &Clock) -> String {
    credential(service, clock).token("postcodes").unwrap()
}

pub(crate) fn a_minute_and_a_second() -> chrono::Duration {
    chrono::Duration::seconds(61)
}

/// What a service calls with.
pub(crate) fn credential(service: &'static str, clock: &Clock) -> Workload {
    Workload::new(service, &Secret::new(B64.encode(workload_key())), clock.clone()).unwrap()
}

/// One key for all callers: which service it speaks for is in the key's id.
fn workload_key() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(new_key)
}
