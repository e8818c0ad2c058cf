//! Import of outlines: the project's own files, and broken ones.

use datafile::grid::{Grid, Transformer};
use postcodes::{
    import::boundaries::{self, Options, Request},
    reload::layers,
};
use serde_json::json;

use crate::areas_support::{EAST, WEST, area, collection, constituencies, import};

#[test]
fn a_file_of_layers_comes_back_as_it_was_written_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let report = import(folder.path(), &constituencies().to_string(), Options::default()).unwrap();
    assert_eq!((report.areas, report.vertices, report.layers), (2, 14, 1));
    let about = &report.about;
    assert_eq!((about.kind.as_str(), about.generation.as_deref()), ("constituency", Some("2024")));
    assert_eq!(about.licence.as_deref(), Some("OGL-UK-3.0"));
    let path = folder.path().join("areas.bin");
    let areas = layers::load(&path).unwrap();
    let west = areas.layers()[0].find(WEST).unwrap();
    assert_eq!(west.name_welsh.as_deref(), Some("Gorllewin"));
    assert_eq!(west.shape.as_ref().unwrap().rings().next().unwrap().anchors, [1, 3]);
    let valid = std::fs::read(&path).unwrap();
    for at in [5, 30, valid.len() / 2, valid.len() - 1] {
        let mut bad = valid.clone();
        bad[at] ^= 1;
        std::fs::write(&path, bad).unwrap();
        let error = layers::load(&path).err().unwrap().to_string();
        assert!(error.contains("import the areas again"), "byte {at}: {error}");
    }
    std::fs::write(&path, &valid[..10]).unwrap();
    assert!(layers::load(&path).is_err());
}

#[test]
fn a_second_import_reports_what_changes_and_keeps_the_other_layers() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), &constituencies().to_string(), Options::default()).unwrap();
    let out = folder.path().join("areas.bin");
    let before = std::fs::read(&out).unwrap();
    let changed = collection(&[
        area(json!({"PCON24CD": WEST, "PCON24NM": "Farther West"}), -1.2, -1.0),
        area(json!({"PCON24CD": "E14001102", "PCON24NM": "North"}), -1.0, -0.9),
    ]);
    let geojson = folder.path().join("changed.geojson");
    std::fs::write(&geojson, changed.to_string()).unwrap();
    let request = |dry_run| Request {
        geojson: geojson.clone(),
        options: Options::default(),
        into: Some(out.clone()),
        out: out.clone(),
        dry_run,
    };
    let report = boundaries::import(&request(true), &mut |_| {}).unwrap();
    let diff = &report.diff;
    assert_eq!(
        (&*diff.added, &*diff.removed),
        (&["E14001102".to_owned()][..], &[EAST.to_owned()][..])
    );
    assert_eq!(diff.renamed, [[WEST, "West Môn", "Farther West"].map(str::to_owned)]);
    assert_eq!(diff.moved, [WEST]);
    assert_eq!(std::fs::read(&out).unwrap(), before, "a dry run writes nothing");
    boundaries::import(&request(false), &mut |_| {}).unwrap();
    let wards = collection(&[area(json!({"WD24CD": "E05000001", "WD24NM": "Marsh"}), -1.1, -1.0)]);
    let report = import(folder.path(), &wards.to_string(), Options::default()).unwrap();
    assert_eq!((report.layers, report.dropped.len()), (2, 0));
    let alone = Request { into: None, ..request(true) };
    let report = boundaries::import(&alone, &mut |_| {}).unwrap();
    assert_eq!((report.layers, report.dropped), (1, vec!["ward 2024".to_owned()]));
    assert_eq!(layers::load(&out).unwrap().layers().len(), 2);
}

#[test]
fn a_broken_file_is_refused_with_line_and_column_and_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), &constituencies().to_string(), Options::default()).unwrap();
    let before = std::fs::read(folder.path().join("areas.bin")).unwrap();
    let fine = area(json!({"PCON24CD": WEST}), -1.1, -1.0);
    let lines = |second: &str| format!("{{\"features\":[\n{fine},\n  {second}\n]}}");
    for (text, expected) in [
        (lines("{\"properties\":{},\"geometry\":null}"), "line 3, column 3"),
        (lines("{\"properties\":null,\"geometry\":null}"), "a feature has no property PCON24CD"),
        ("{\"type\":\"Feature\",\"properties\":null}".to_owned(), "neither a property gss_code"),
        ("{\"type\":\"Polygon\",\"coordinates\":[]}".to_owned(), "not a GeoJSON collection"),
        (
            lines(
                "{\"properties\":{\"PCON24CD\":\"E1\"},\n\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[\"x\",1]]]}}",
            ),
            "line 4, column 49",
        ),
        (
            lines(
                "{\"properties\":{\"PCON24CD\":\"E1\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,51],[2,51]]]}}",
            ),
            "line 3, column 3",
        ),
        (
            lines(
                "{\"properties\":{\"PCON24CD\":\"E1\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]}}",
            ),
            "line 3, column",
        ),
        (lines("oops"), "line 3, column 3"),
        ("{\"features\":[".to_owned(), "line 1, column 13"),
        (String::new(), "line 1, column"),
        ("{\"features\":[]}".to_owned(), "empty"),
        ("[1]".to_owned(), "line 1"),
    ] {
        let error = import(folder.path(), &text, Options::default()).unwrap_err();
        let chain = format!("{error:#}");
        assert!(chain.contains(expected), "{chain}");
        assert_eq!(std::fs::read(folder.path().join("areas.bin")).unwrap(), before);
    }
}

#[test]
fn a_file_on_the_british_grid_in_latin_1_becomes_degrees_in_utf_8() {
    let folder = tempfile::tempdir().unwrap();
    let ring =
        json!([[451_000.5, 206_000], [452_000, 206_000], [452_000, 207_000], [451_000.5, 206_000]]);
    let text = json!({"crs": {"type": "name", "properties": {"name": "EPSG:27700"}}, "features": [{
        "properties": {"LAD24CD": "E07000178", "WD24CD": "E05000003", "WD24NM": "Môn"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }]});
    let latin: Vec<u8> = text.to_string().chars().map(|char| u8::try_from(char).unwrap()).collect();
    let geojson = folder.path().join("wards_BGC.geojson");
    std::fs::write(&geojson, latin).unwrap();
    let areas = layers::load(&geojson).unwrap();
    let layer = &areas.layers()[0];
    assert_eq!((layer.about().kind.as_str(), layer.about().accuracy_m), ("ward", Some(20)));
    let ward = layer.find("E05000003").unwrap();
    assert_eq!(ward.name.as_deref(), Some("Môn"));
    let expected = Transformer::new().unwrap().degrees(Grid::British, 452_000, 207_000).unwrap();
    let east = ward.shape.as_ref().unwrap().bounds().degrees()[2];
    assert!((east - expected.0).abs() < 2e-6, "{east}");
}

#[test]
fn options_win_over_what_the_file_says_and_parts_of_one_code_are_one_area() {
    let folder = tempfile::tempdir().unwrap();
    let code = || json!({"PCON24CD": "N05000001", "PCON24NM": "Belfast East"});
    let text = collection(&[area(code(), -1.1, -1.0), area(code(), -0.8, -0.7)]).to_string();
    let options = Options {
        kind: Some("ni_assembly_constituency".to_owned()),
        generation: Some("2008".to_owned()),
        valid_from: "2008-05-07".parse().ok(),
        simplify_m: Some(50),
        ..Options::default()
    };
    let report = import(folder.path(), &text, options).unwrap();
    assert_eq!(report.about.kind, "ni_assembly_constituency");
    assert_eq!(report.about.generation.as_deref(), Some("2008"));
    assert_eq!(report.about.accuracy_m, Some(50));
    assert_eq!((report.areas, report.vertices), (1, 10), "the points on straight lines are gone");
    let options = Options { kind: Some("My Kind".to_owned()), ..Options::default() };
    assert!(import(folder.path(), &text, options).is_err());
}

#[test]
fn a_lone_feature_is_a_collection_of_one_and_an_empty_polygon_is_no_boundary() {
    let folder = tempfile::tempdir().unwrap();
    let mut lone = area(json!({"PCON24CD": WEST}), -1.1, -1.0);
    lone["type"] = json!("Feature");
    let report = import(folder.path(), &lone.to_string(), Options::default()).unwrap();
    assert_eq!((report.areas, report.unbounded), (1, 0));
    let empty = json!({
        "type": "Feature",
        "properties": {"PCON24CD": EAST},
        "geometry": {"type": "Polygon", "coordinates": []},
    });
    let both = collection(&[lone, empty]);
    let report = import(folder.path(), &both.to_string(), Options::default()).unwrap();
    assert_eq!((report.areas, report.unbounded), (2, 1));
}
