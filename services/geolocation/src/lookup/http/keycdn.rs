//! The answer in the shape of `KeyCDN`'s `geo.json`, for clients written for it.

use serde::Serialize;

use super::super::domain::{Answer, Continent, Division};

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
    /// Always null: name servers are not queried.
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
    /// Always null: the caller can compute the local time from `timezone`.
    datetime: Option<&'a str>,
}

/// `KeyCDN` writes an empty text if there is no number.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Number {
    Known(u32),
    Unknown(&'static str),
}

/// The document for an address as the caller wrote it. Clients of this shape expect their own `host` back.
pub(super) fn document<'a>(host: &'a str, answer: &Answer<'a>) -> Document<'a> {
    let location = &answer.location;
    let system = answer.autonomous_system;
    let name = |division: Option<Division<'a>>| division.and_then(|it| it.name);
    let code = |division: Option<Division<'a>>| division.and_then(|it| it.iso_code);
    let continent = location.continent.unwrap_or(Continent { code: None, name: None });
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
                country_name: name(location.country),
                country_code: code(location.country),
                region_name: name(location.region),
                region_code: code(location.region),
                city: location.city,
                postal_code: location.postal_code,
                continent_name: continent.name,
                continent_code: continent.code,
                latitude: location.position.map(|position| position.latitude),
                longitude: location.position.map(|position| position.longitude),
                metro_code: location.metro_code,
                timezone: location.time_zone,
                datetime: None,
            },
        },
    }
}
