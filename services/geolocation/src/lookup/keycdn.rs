//! The answer in the shape of `KeyCDN`'s `geo.json`, for clients written for it.

use serde::Serialize;

use super::domain::{Answer, Continent, Named};

/// The whole document.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    status: &'static str,
    description: &'static str,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    geo: Geo<'a>,
}

#[derive(Debug, Serialize)]
struct Geo<'a> {
    host: &'a str,
    ip: &'a str,
    /// Always null: we ask no name server about anybody.
    rdns: Option<&'a str>,
    asn: Number,
    isp: Option<&'a str>,
    country_name: Option<&'a str>,
    country_code: Option<&'a str>,
    region_name: Option<&'a str>,
    region_code: Option<&'a str>,
    city: Option<&'a str>,
    postal_code: Option<&'a str>,
    continent_name: Option<&'a str>,
    continent_code: Option<&'a str>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    metro_code: Option<u16>,
    timezone: Option<&'a str>,
    /// Always null: the time there is the caller's to compute from `timezone`.
    datetime: Option<&'a str>,
}

/// `KeyCDN` writes an empty text where there is no number.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Number {
    Known(u32),
    Unknown(&'static str),
}

/// The document for an address as the caller wrote it. A client of this shape expects its own `host` back.
pub(super) fn document<'a>(host: &'a str, answer: &Answer<'a>) -> Document<'a> {
    let place = &answer.place;
    let system = answer.autonomous_system;
    let name = |named: Option<Named<'a>>| named.and_then(|it| it.name);
    let code = |named: Option<Named<'a>>| named.and_then(|it| it.iso_code);
    let continent = place.continent.unwrap_or(Continent { code: None, name: None });
    Document {
        status: "success",
        description: "Data successfully received.",
        data: Data {
            geo: Geo {
                host,
                ip: host,
                rdns: None,
                asn: system.map_or(Number::Unknown(""), |system| Number::Known(system.number)),
                isp: system.and_then(|system| system.isp.or(system.organisation)),
                country_name: name(place.country),
                country_code: code(place.country),
                region_name: name(place.region),
                region_code: code(place.region),
                city: place.city,
                postal_code: place.postal_code,
                continent_name: continent.name,
                continent_code: continent.code,
                latitude: place.position.map(|position| position.latitude),
                longitude: place.position.map(|position| position.longitude),
                metro_code: place.metro_code,
                timezone: place.time_zone,
                datetime: None,
            },
        },
    }
}
