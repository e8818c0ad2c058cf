//! Places: their import and their search, on the real tile of Orkney.

use datafile::container::LoadError;
use postcodes::{
    import::open_names,
    places::{file, image::Places},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A tile of our own: a town, a suburb, and a road that is no place.
const TILE: &str = "\u{feff}osgb4000000000000002,u,King's Lynn,eng,,,populatedPlace,Town,561700.9,320000.2,1,2,560000.5,318000,563000,322000,\
PE30,u,,,,King's Lynn and West Norfolk,u,http://data/ontology/District,Norfolk,u,http://data/ontology/County,Eastern,u,England,u,,,\n\
OSGB4000000000000001,u,Newton-on-the-Moor,eng,Newton,,populatedPlace,Village,417000,605000,1,2,,,,,NE65,u,,,,,,,\
Northumberland,u,http://data/ontology/UnitaryAuthority,North East,u,England,u,,,\n\
osgb4000000000000003,u,Newton Road,,,,transportNetwork,Named Road,417000,605000,1,2,,,,,,,,,,,,,,,,,,,,,,\n";

pub(crate) fn own_file(folder: &TempDir) -> std::path::PathBuf {
    let archive = folder.path().join("archive");
    std::fs::create_dir_all(archive.join("Data")).unwrap();
    std::fs::write(archive.join("Data/own.csv"), TILE).unwrap();
    let out = folder.path().join("places.bin");
    assert_eq!(open_names::import(&archive, &out, &mut |_| {}).unwrap(), 2);
    out
}

fn names(places: &Places, text: &str, limit: usize) -> Vec<String> {
    let found = places.search(text, limit);
    found.iter().map(|place| place.name_1.unwrap_or_default().to_owned()).collect()
}

#[test]
fn only_populated_places_are_kept_with_whole_metres_and_types_without_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let places = file::load(&own_file(&folder)).unwrap();
    let lynn = serde_json::to_value(places.find("OSGB4000000000000002").unwrap()).unwrap();
    let expected = json!({
        "code": "osgb4000000000000002", "name_1": "King's Lynn", "name_1_lang": "eng", "name_2": null,
        "name_2_lang": null, "local_type": "Town", "outcode": "PE30", "county_unitary": "Norfolk",
        "county_unitary_type": "County", "district_borough": "King's Lynn and West Norfolk",
        "district_borough_type": "District", "region": "Eastern", "country": "England",
        "longitude": lynn["longitude"], "latitude": lynn["latitude"], "eastings": 561_700,
        "northings": 320_000, "min_eastings": 560_000, "min_northings": 318_000,
        "max_eastings": 563_000, "max_northings": 322_000,
    });
    assert_eq!(lynn, expected);
    assert!((lynn["latitude"].as_f64().unwrap() - 52.75).abs() < 0.01);
    let newton = serde_json::to_value(places.find("osgb4000000000000001").unwrap()).unwrap();
    assert_eq!(
        (&newton["district_borough_type"], &newton["min_eastings"]),
        (&Value::Null, &Value::Null)
    );
    assert!(places.find("osgb4000000000000003").is_none());
    assert_eq!(names(&places, "on the moor", 10), ["Newton-on-the-Moor"]);
    assert_eq!(names(&places, "kings", 10), ["King's Lynn"]);
}

#[test]
fn the_real_tile_of_orkney_is_found_by_name_and_code() {
    let Some(data) = testkit::real_data("the_real_tile_of_orkney_is_found_by_name_and_code") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("places.bin");
    let tile = data.join("onspd/HY20.csv");
    let count = open_names::import(&tile, &out, &mut |_| {}).unwrap();
    let places = file::load(&out).unwrap();
    assert_eq!(usize::try_from(count).unwrap(), places.len());
    let clestrain = places.find("OSGB4000000074558362").unwrap();
    assert_eq!((clestrain.name_1, clestrain.outcode), (Some("Clestrain"), Some("KW16")));
    assert_eq!((clestrain.eastings, clestrain.northings), (Some(330_491), Some(1_006_798)));
    assert_eq!(names(&places, "b", 100).len(), 10);
    assert_eq!(names(&places, "foobarbaz", 10), [""; 0]);
    assert!(places.draw(12_345).is_some());
}

#[test]
fn a_tile_of_another_layout_and_a_damaged_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.csv");
    let out = folder.path().join("places.bin");
    let refused = |content: &str| {
        std::fs::write(&bad, content).unwrap();
        open_names::import(&bad, &out, &mut |_| {}).unwrap_err().to_string()
    };
    assert!(refused("a,b\n").contains("bad.csv, line 1: has 2 columns"));
    assert!(
        refused(&TILE.replace("417000,605000", "here,there"))
            .contains("line 2: column 9 must be metres")
    );
    assert!(refused(TILE.lines().last().unwrap()).contains("no populated place"));
    assert!(!out.exists());
    let file = own_file(&folder);
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    assert!(matches!(file::load(&file), Err(LoadError::Damaged { .. })));
    std::fs::write(&file, "FMPL").unwrap();
    assert!(matches!(file::load(&file), Err(LoadError::Foreign { .. })));
}
