//! The real constituencies: read, found, simplified, and held against the real directory and a library of geometry.

use std::path::Path;

use geo::{Contains as _, LineString, Point, Polygon};
use postcodes::{
    areas::place::{self, Filter, Split},
    dataset::{image::Dataset, kind::Kind},
    geometry::{bounds::Bounds, position::Position, shape::RingView, simplify::simplified},
    import::boundaries::{self, Options, Request},
    reload::layers,
};
use serde_json::Value;

use crate::support;

const REAL: &str =
    "boundaries/Westminster_Parliamentary_Constituencies_July_2024_Boundaries_UK_BUC.geojson";

fn real(data: &Path, folder: &Path, simplify_m: Option<u32>) -> boundaries::Report {
    let geojson = data.join(REAL);
    let options = Options { simplify_m, ..Options::for_file(&geojson) };
    let out = folder.join("areas.bin");
    boundaries::import(&Request { geojson, options, into: None, out, dry_run: false }, &mut |_| {})
        .unwrap()
}

#[test]
fn the_real_constituencies_are_read_and_found() {
    let Some(data) = testkit::real_data("the_real_constituencies_are_read_and_found") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let report = real(&data, folder.path(), None);
    assert_eq!(report.areas, 650);
    assert_eq!(report.about.generation.as_deref(), Some("2024"));
    assert_eq!(report.about.accuracy_m, Some(500));
    let areas = layers::load(&folder.path().join("areas.bin")).unwrap();
    let layer = &areas.layers()[0];
    let mon = layer.find("W07000112").unwrap();
    assert_eq!(
        (mon.name.as_deref(), mon.name_welsh.as_deref()),
        (Some("Ynys Môn"), Some("Ynys Môn"))
    );
    for (longitude, latitude, name) in [
        (-1.2165, 51.752, "Oxford East"),
        (-2.15, 57.12, "Aberdeen South"),
        (-0.1276, 51.5033, "Cities of London and Westminster"),
        (-5.87, 54.596, "Belfast East"),
    ] {
        let found = layer.locate(Position { longitude, latitude }).unwrap();
        assert_eq!(found.name.as_deref(), Some(name));
    }
    // The file's own lookup: constituencies that lie in the district of Oxford.
    let lookup = std::fs::read(data.join("boundaries/lookup-LAD24CD-PCON24CD.json")).unwrap();
    let lookup: Value = serde_json::from_slice(&lookup).unwrap();
    for code in lookup["E07000178"].as_object().unwrap().keys() {
        assert!(layer.find(code).is_some(), "{code}");
    }
}

/// What the two disagree on are postcodes near a border: these outlines are good to 500 m.
#[test]
fn real_outlines_agree_with_the_real_directory_on_nearly_all_postcodes() {
    let Some(data) =
        testkit::real_data("real_outlines_agree_with_the_real_directory_on_nearly_all_postcodes")
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    real(&data, folder.path(), None);
    let areas = layers::load(&folder.path().join("areas.bin")).unwrap();
    let (csv, file) = (data.join("onspd/ab_2025-09.csv"), folder.path().join("postcodes.bin"));
    support::import_onspd(&csv, None, &file);
    let dataset = Dataset::load(&file).unwrap();
    let filter = Filter { kind: Some("constituency".to_owned()), ..Filter::default() };
    let (mut compared, mut agree, mut split) = (0, 0, 0);
    for entry in dataset.entries() {
        let (Some(at), Some(named)) = (entry.position(), entry.area(Kind::Constituency)) else {
            continue;
        };
        let located = areas.layers()[0].locate(at).map(|area| area.gss_code.as_str());
        let found = place::of_postcode(&areas, &entry, &filter);
        assert_eq!(found[0].gss_code, named.code, "the directory's word comes first");
        compared += 1;
        agree += u32::from(located == Some(named.code));
        let is_doubtful = located.is_some_and(|located| located != named.code);
        split += u32::from(is_doubtful && found[0].split == Split::Possible);
        assert!(!is_doubtful || found[0].split == Split::Possible, "{}", entry.postcode());
    }
    println!("{compared} compared, {agree} agree, {split} reported as possibly split");
    assert!(compared > 4_000 && agree * 100 > compared * 97);
}

#[test]
fn simplified_real_borders_are_still_shared_and_no_area_is_lost() {
    let Some(data) =
        testkit::real_data("simplified_real_borders_are_still_shared_and_no_area_is_lost")
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let whole = real(&data, folder.path(), None);
    let areas = layers::load(&folder.path().join("areas.bin")).unwrap();
    let layer = &areas.layers()[0];
    let shared = |tolerance_m: f64| {
        let mut seen = std::collections::HashMap::new();
        for area in layer.areas() {
            let shape = simplified(area.shape.as_ref().unwrap(), tolerance_m).unwrap();
            for ring in shape.rings() {
                for pair in ring.points.windows(2) {
                    let edge = [pair[0].min(pair[1]), pair[0].max(pair[1])];
                    *seen.entry(edge).or_insert(0) += 1;
                }
            }
        }
        let twice = seen.values().filter(|count| **count == 2).count();
        (seen.len(), twice)
    };
    let [(all, twice), (fewer, fewer_twice)] = [shared(0.0), shared(2_000.0)];
    println!("{all} edges, {twice} shared; simplified {fewer}, {fewer_twice} shared");
    assert!(fewer < all * 2 / 3, "{all} {fewer}");
    // As large a part of the edges as before has an area on each side.
    assert!(fewer_twice * all * 100 > twice * fewer * 90, "{twice}/{all} {fewer_twice}/{fewer}");
    let simple = real(&data, folder.path(), Some(2_000));
    assert_eq!((simple.areas, simple.about.accuracy_m), (650, Some(2_000)));
    assert!(simple.vertices < whole.vertices);
}

/// The index of edges against a library that looks at all of them.
#[test]
fn what_lies_in_a_real_outline_is_what_a_library_of_geometry_says() {
    let Some(data) =
        testkit::real_data("what_lies_in_a_real_outline_is_what_a_library_of_geometry_says")
    else {
        return;
    };
    let areas = layers::load(&data.join(REAL)).unwrap();
    let (mut random, mut compared) = (1_u32, 0);
    for area in areas.layers()[0].areas() {
        let shape = area.shape.as_ref().unwrap();
        let line = |ring: RingView<'_>| {
            ring.points.iter().map(|at| at.map(f64::from)).collect::<LineString>()
        };
        // Even and odd need no holes: each ring turns inside out what it holds.
        let rings: Vec<Polygon> =
            shape.rings().map(|ring| Polygon::new(line(ring), vec![])).collect();
        let Bounds { low, high } = shape.bounds();
        for _ in 0..20 {
            let mut within = |low: i32, high: i32| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                low + i32::try_from((i64::from(random) * i64::from(high - low)) >> 32).unwrap()
            };
            let at = [within(low[0], high[0]), within(low[1], high[1])];
            let point = Point::from(at.map(f64::from));
            let expected = rings.iter().filter(|ring| ring.contains(&point)).count() % 2 == 1;
            assert_eq!(shape.contains(at), expected, "{} {at:?}", area.gss_code);
            compared += 1;
        }
    }
    assert_eq!(compared, 13_000);
}
