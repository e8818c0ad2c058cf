//! A gazetteer of a few towns, for tests.

use std::path::Path;

use geolocation::gazetteer::domain::{About, Contents, Kind, Place};
use geolocation::gazetteer::{file, search::Gazetteer};

const AREAS: [&str; 6] =
    ["England", "Wales", "Somerset", "Hertfordshire", "Isle of Wight", "Scotland"];

/// Number of an area's name.
fn area(name: &str) -> Option<u16> {
    let at = AREAS.iter().position(|area| *area == name)?;
    u16::try_from(at).ok()
}

fn place(
    id: u32,
    name: &str,
    others: &[&str],
    at: (f64, f64),
    people: u32,
    around: [&str; 2],
) -> Place {
    let [inner, outer] = around.map(area);
    Place {
        id: id.to_string(),
        name: name.to_owned(),
        other_names: others.iter().map(|&it| it.to_owned()).collect(),
        kind: if people > 0 { Kind::PopulatedPlace } else { Kind::Village },
        longitude: at.0,
        latitude: at.1,
        bounds: None,
        population: people,
        outcode: None,
        district: None,
        county: inner,
        region: None,
        country: outer,
    }
}

pub(crate) fn contents() -> Contents {
    let about = About {
        name: "Test places".to_owned(),
        version: "1".to_owned(),
        licence: "CC0-1.0".to_owned(),
        attribution: "Contains places made up for tests.".to_owned(),
        source: "geonames".to_owned(),
    };
    let places = vec![
        place(
            1,
            "Oxford",
            &["Rhydychen", "Oxenford"],
            (-1.25596, 51.75222),
            162_100,
            ["", "England"],
        ),
        place(2, "Newport", &["Casnewydd"], (-2.99835, 51.58774), 151_500, ["", "Wales"]),
        place(3, "Newport", &[], (-1.28777, 50.70114), 25_496, ["Isle of Wight", "England"]),
        place(4, "St Albans", &[], (-0.33333, 51.75), 82_146, ["Hertfordshire", "England"]),
        place(5, "Street", &[], (-2.74118, 51.12427), 12_911, ["Somerset", "England"]),
        place(6, "Leicester", &[], (-1.13169, 52.6386), 368_600, ["", "England"]),
        place(7, "Leith", &[], (-3.17, 55.97), 0, ["", "Scotland"]),
        place(8, "King’s Lynn", &[], (0.39516, 52.75172), 48_123, ["", "England"]),
        place(9, "Stow on the Wold", &[], (-1.72, 51.93), 2_042, ["", "England"]),
        place(10, "Botley", &[], (-1.29, 51.75), 0, ["", "England"]),
    ];
    Contents { about, areas: AREAS.map(str::to_owned).to_vec(), places }
}

pub(crate) fn gazetteer() -> Gazetteer {
    Gazetteer::new(contents()).unwrap()
}

pub(crate) fn write(path: &Path) {
    file::write(path, &contents()).unwrap();
}
