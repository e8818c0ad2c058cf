//! A place of OS Open Names has one position, whichever service is asked.

use std::fs;

/// Rows of the tile HY20 (contains OS data © Crown copyright and database right 2026): id, name, easting and northing.
const ROWS: [(&str, &str, &str, &str); 4] = [
    ("osgb4000000074559490", "Corston", "331719.836", "1019258.274"),
    ("osgb4000000074558362", "Clestrain", "330491.000", "1006798.000"),
    ("osgb4000000074542351", "Quoyness", "325136.460", "1002772.590"),
    ("osgb4000000074541571", "Tuskerbister", "335152.000", "1010421.000"),
];
const METRES_IN_DEGREE: f64 = 111_195.0;

#[test]
fn both_importers_give_a_place_the_same_position() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows: Vec<String> = ROWS.iter().map(row).collect();
    fs::write(at("HY20.csv"), rows.join("\n")).unwrap();
    postcodes::import::open_names::import(folder.path(), &at("places"), &mut |_| {}).unwrap();
    let directory = postcodes::places::file::load(&at("places")).unwrap();
    geolocation::import::from_open_names(folder.path(), &at("gazetteer"), &mut |_| {}).unwrap();
    let gazetteer = geolocation::gazetteer::file::read(&at("gazetteer")).unwrap();
    for (id, name, ..) in ROWS {
        let one = directory.find(id).unwrap();
        let other = gazetteer.places.iter().find(|place| place.id == id).unwrap();
        let (longitude, latitude) = (one.longitude.unwrap(), one.latitude.unwrap());
        let east_m = (longitude - other.longitude) * METRES_IN_DEGREE * latitude.to_radians().cos();
        let north_m = (latitude - other.latitude) * METRES_IN_DEGREE;
        assert!(east_m.hypot(north_m) < 1.0, "{name}: {east_m} m east, {north_m} m north");
    }
}

fn row((id, name, easting, northing): &(&str, &str, &str, &str)) -> String {
    let mut cells = [""; 34];
    (cells[0], cells[2], cells[6], cells[7]) = (*id, *name, "populatedPlace", "Hamlet");
    (cells[8], cells[9]) = (*easting, *northing);
    cells.join(",")
}
