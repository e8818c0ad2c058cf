//! A country of two constituencies for tests: West and East share the meridian of one degree west, until 2024 both were
//! one. Its directory names the constituencies; its wards are known by outline only.

use std::path::{Path, PathBuf};

use postcodes::Postcodes;
use postcodes::dataset::builder::{Builder, Names, Row};
use postcodes::dataset::format::About;
use postcodes::dataset::image::Month;
use postcodes::dataset::kind::Kind;
use postcodes::import::boundaries::{self, Options, Report, Request};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::app::TestApp;

use crate::support;

pub(crate) const WEST: &str = "E14001100";
pub(crate) const EAST: &str = "E14001101";
pub(crate) const BOTH: &str = "E14000600";
pub(crate) const WEST_WARD: &str = "E05000001";

/// A feature of a box, with the point in the middle of its eastern and western sides.
pub(crate) fn area(properties: Value, west: f64, east: f64) -> Value {
    let ring = json!([
        [west, 51.0],
        [east, 51.0],
        [east, 51.05],
        [east, 51.1],
        [west, 51.1],
        [west, 51.05],
        [west, 51.0],
    ]);
    json!({
        "type": "Feature", "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    })
}

pub(crate) fn collection(features: &[Value]) -> Value {
    json!({"type": "FeatureCollection", "name": "Test", "features": features})
}

pub(crate) fn constituencies() -> Value {
    collection(&[
        area(
            json!({"PCON24CD": WEST, "PCON24NM": "West Môn", "PCON24NMW": "Gorllewin"}),
            -1.1,
            -1.0,
        ),
        area(json!({"PCON24CD": EAST, "PCON24NM": "East", "PCON24NMW": " "}), -1.0, -0.9),
    ])
}

/// Imports a text into `areas.bin` of a folder, beside what it holds.
pub(crate) fn import(folder: &Path, text: &str, options: Options) -> anyhow::Result<Report> {
    let (geojson, out) = (folder.join("source.geojson"), folder.join("areas.bin"));
    std::fs::write(&geojson, text)?;
    let into = out.exists().then(|| out.clone());
    let request = Request { geojson, options, into, out, dry_run: false };
    boundaries::import(&request, &mut |_| {})
}

/// All layers of the country.
pub(crate) fn write_areas(folder: &Path) -> PathBuf {
    let before = collection(&[area(json!({"PCON10CD": BOTH, "PCON10NM": "Both"}), -1.1, -0.9)]);
    let wards = collection(&[
        area(json!({"WD24CD": WEST_WARD, "WD24NM": "Marsh"}), -1.1, -1.0),
        area(json!({"WD24CD": "E05000002", "WD24NM": "East Môn"}), -1.0, -0.9),
    ]);
    for text in [constituencies(), before, wards] {
        import(folder, &text.to_string(), Options::default()).unwrap();
    }
    folder.join("areas.bin")
}

/// Postcodes in the middle of West and of East, near their border, on the wrong side of it, without a position, and out
/// of use.
pub(crate) fn write_directory(folder: &Path) -> PathBuf {
    let mut builder = Builder::new().unwrap();
    let mut push = |text, degrees, terminated, constituency| {
        let areas = [(Kind::Constituency, constituency), (Kind::Country, "E92000001")];
        builder.push(&Row {
            postcode: support::postcode(text),
            grid: None,
            degrees,
            quality: Some(1),
            introduced: None,
            terminated,
            areas: &areas,
        });
    };
    push("OX1 1AA", Some((-1.05, 51.05)), None, WEST);
    push("OX1 1AB", Some((-1.0005, 51.04)), None, WEST);
    push("OX1 1AC", Some((-0.99, 51.05)), None, WEST);
    push("OX2 1AA", Some((-0.95, 51.05)), None, EAST);
    push("OX3 1AA", None, None, WEST);
    push("OX9 1AA", Some((-1.05, 51.06)), Month::parse("199606"), WEST);
    let names = |code: &str, name: &str| [(code.to_owned(), name.to_owned())];
    let names = Names::from([(Kind::Country, names("E92000001", "England").into())]);
    let about = About { constituency_generation: Some("2024".to_owned()), ..support::about() };
    let out = folder.join("postcodes.bin");
    builder.write(about, &names, &out).unwrap();
    out
}

/// The service with the country.
pub(crate) async fn start(folder: &TempDir) -> TestApp<Postcodes> {
    let (file, areas) = (write_directory(folder.path()), write_areas(folder.path()));
    support::start_with(&[
        ("FOLKMOOT_POSTCODES_FILE", file.to_str().unwrap()),
        ("FOLKMOOT_POSTCODES_AREAS", areas.to_str().unwrap()),
    ])
    .await
}
