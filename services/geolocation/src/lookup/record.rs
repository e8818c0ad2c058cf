//! A record of a database, whatever its layout: MaxMind's nested one (City, Country, Enterprise, ISP, ASN) or the flat one of
//! ip-location-db. Text is borrowed from the database; nothing is copied.

use std::fmt;

use serde::{
    Deserialize,
    de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::domain::{Confidence, Continent, Division, Location, Position};

/// Databases have at most two levels of them.
const MAX_SUBDIVISIONS: usize = 8;

/// The fields of all layouts. No field has different meanings in two layouts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    continent: Area<'a>,
    country: Area<'a>,
    registered_country: Area<'a>,
    subdivisions: Vec<Area<'a>>,
    city: Area<'a>,
    location: LocationFields<'a>,
    postal: Postal<'a>,
    /// The operator of the network, in an Enterprise database.
    traits: Operator<'a>,
    // The same in an ISP or ASN database.
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
    isp: Option<&'a str>,
    // The flat layout, in which empty text means none.
    country_code: Option<&'a str>,
    state1: Option<&'a str>,
    state2: Option<&'a str>,
    postcode: Option<&'a str>,
    timezone: Option<&'a str>,
    latitude: Option<Degrees>,
    longitude: Option<Degrees>,
}

/// A continent, country, subdivision or city: a map, or in the flat layout only its name.
#[derive(Clone, Copy, Debug, Default)]
struct Area<'a> {
    code: Option<&'a str>,
    name: Option<&'a str>,
    confidence: Option<u8>,
}

#[derive(Deserialize)]
struct AreaFields<'a> {
    #[serde(borrow, default)]
    code: Option<&'a str>,
    #[serde(default)]
    iso_code: Option<&'a str>,
    #[serde(default)]
    names: Names<'a>,
    #[serde(default)]
    confidence: Option<u8>,
}

#[derive(Default, Deserialize)]
struct Names<'a> {
    #[serde(borrow, default)]
    en: Option<&'a str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LocationFields<'a> {
    latitude: Option<Degrees>,
    longitude: Option<Degrees>,
    accuracy_radius: Option<u16>,
    metro_code: Option<u16>,
    #[serde(borrow)]
    time_zone: Option<&'a str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Postal<'a> {
    #[serde(borrow)]
    code: Option<&'a str>,
    confidence: Option<u8>,
}

/// Number, organisation and provider of a network.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Operator<'a> {
    #[serde(rename = "autonomous_system_number")]
    pub(super) number: Option<u32>,
    #[serde(borrow, rename = "autonomous_system_organization")]
    pub(super) organisation: Option<&'a str>,
    pub(super) isp: Option<&'a str>,
}

/// A coordinate of 32 or 64 bits.
#[derive(Clone, Copy, Debug)]
struct Degrees(f64);

impl<'a> Record<'a> {
    /// The location, empty if the record is about something else.
    pub(super) fn location(&self) -> Location<'a> {
        let flat = [self.state1, self.state2].map(|name| Area { name, ..Area::default() });
        let nested = self.subdivisions.iter().take(MAX_SUBDIVISIONS).copied();
        let subdivisions: Vec<_> = nested.chain(flat).filter_map(Area::division).collect();
        let country = Area { code: self.country.code.or(self.country_code), ..self.country };
        let location = &self.location;
        let longitude = location.longitude.or(self.longitude);
        let latitude = location.latitude.or(self.latitude);
        let confidence = Confidence {
            country: self.country.confidence,
            region: self.subdivisions.first().and_then(|area| area.confidence),
            city: self.city.confidence,
            postal_code: self.postal.confidence,
        };
        Location {
            continent: self
                .continent
                .division()
                .map(|n| Continent { code: n.iso_code, name: n.name }),
            country: country.division(),
            registered_country: self.registered_country.division(),
            region: subdivisions.first().copied(),
            subdivisions,
            city: filled(self.city.name),
            postal_code: filled(self.postal.code.or(self.postcode)),
            time_zone: filled(location.time_zone.or(self.timezone)),
            position: longitude.zip(latitude).and_then(|(longitude, latitude)| {
                position(longitude.0, latitude.0, location.accuracy_radius)
            }),
            metro_code: location.metro_code,
            confidence: (confidence != Confidence::default()).then_some(confidence),
        }
    }

    /// The operator of the network, as far as the record has it.
    pub(super) fn operator(&self) -> Operator<'a> {
        Operator {
            number: self.autonomous_system_number.or(self.traits.number),
            organisation: filled(self.autonomous_system_organization.or(self.traits.organisation)),
            isp: filled(self.isp.or(self.traits.isp)),
        }
    }
}

impl<'a> Area<'a> {
    fn division(self) -> Option<Division<'a>> {
        let division = Division { iso_code: filled(self.code), name: filled(self.name) };
        (division.iso_code.is_some() || division.name.is_some()).then_some(division)
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// None for a position that is not on Earth, which is an error of the database.
fn position(longitude: f64, latitude: f64, accuracy_km: Option<u16>) -> Option<Position> {
    let on_earth = longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
    on_earth.then_some(Position { longitude, latitude, accuracy_km })
}

impl<'de: 'a, 'a> Deserialize<'de> for Area<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AreaVisitor)
    }
}

struct AreaVisitor;

impl<'de> Visitor<'de> for AreaVisitor {
    type Value = Area<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an area or its name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Area { name: Some(name), ..Area::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let fields = AreaFields::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Area {
            code: fields.iso_code.or(fields.code),
            name: fields.names.en,
            confidence: fields.confidence,
        })
    }
}

impl<'de> Deserialize<'de> for Degrees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DegreesVisitor)
    }
}

struct DegreesVisitor;

impl Visitor<'_> for DegreesVisitor {
    type Value = Degrees;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("degrees")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Degrees(value))
    }

    /// 24 bits hold four decimals of a degree, eleven metres; further digits come from the conversion.
    fn visit_f32<E: Error>(self, value: f32) -> Result<Self::Value, E> {
        Ok(Degrees((f64::from(value) * 1e4).round() / 1e4))
    }
}
