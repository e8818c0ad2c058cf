//! Fixtures: the project's own small directory, and the shared real extracts where they are.

use std::path::PathBuf;

use postcodes::dataset::builder::{Builder, Names, Row};
use postcodes::dataset::format::About;
use postcodes::dataset::image::{Dataset, Month};
use postcodes::dataset::kind::Kind;
use postcodes::postcode::domain::Postcode;
use tempfile::TempDir;

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

/// The folder of real extracts; says so in one line when it is not named.
#[expect(clippy::disallowed_methods, reason = "a test has no Config")]
pub(crate) fn real_extracts() -> Option<PathBuf> {
    let folder = std::env::var("FOLKMOOT_TEST_DATA").ok().map(PathBuf::from);
    if folder.is_none() {
        println!("left out: FOLKMOOT_TEST_DATA does not name the folder of real extracts");
    }
    folder
}
