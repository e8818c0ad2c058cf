//! `Photon`: a geocoder over OpenStreetMap with `GeoJSON` answers.

use serde::Deserialize;
use url::Url;

use super::{Question, line, provided::Provided};
use crate::geocoding::domain::Details;

/// It answers in order and says nothing of how well a text fits.
const CONFIDENCE: f64 = 0.8;
const LESS_FOR_EACH: f64 = 0.02;

#[derive(Deserialize)]
struct Answer {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Geometry {
    coordinates: [f64; 2],
}

#[derive(Deserialize)]
struct Properties {
    osm_type: Option<String>,
    osm_id: Option<u64>,
    /// `house`, `street`, `city`, ….
    r#type: Option<String>,
    name: Option<String>,
    housenumber: Option<String>,
    street: Option<String>,
    postcode: Option<String>,
    city: Option<String>,
    district: Option<String>,
    county: Option<String>,
    state: Option<String>,
    country: Option<String>,
    /// West, north, east, south.
    extent: Option<[f64; 4]>,
}

pub(super) fn url(base: &Url, question: &Question, limit: usize) -> Url {
    let mut url = base.clone();
    let path = if matches!(question, Question::Text(_)) { "api" } else { "reverse" };
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    match question {
        Question::Text(text) => url
            .query_pairs_mut()
            .append_pair("q", &line(text))
            .append_pair("limit", &limit.to_string()),
        Question::Point(point) => url
            .query_pairs_mut()
            .append_pair("lon", &point.longitude.to_string())
            .append_pair("lat", &point.latitude.to_string()),
    };
    url
}

pub(super) fn read(body: &[u8]) -> Result<Vec<Provided>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    let ranks = std::iter::successors(Some(CONFIDENCE), |it| Some((it - LESS_FOR_EACH).max(0.0)));
    Ok(answer.features.into_iter().zip(ranks).map(|(it, rank)| provided(it, rank)).collect())
}

fn provided(Feature { properties, geometry }: Feature, confidence: f64) -> Provided {
    let [longitude, latitude] = geometry.coordinates;
    let found = properties;
    // A street's own name is not among its parts.
    let is_street = found.r#type.as_deref() == Some("street");
    let street = found.street.or_else(|| found.name.clone().filter(|_name| is_street));
    let house = match (&found.housenumber, &street) {
        (Some(number), Some(street)) => Some(format!("{number} {street}")),
        _ => None,
    };
    let name = found.name.or(house);
    let parts = [&name, &found.city, &found.postcode, &found.country].into_iter().flatten();
    let label = parts.map(String::as_str).collect::<Vec<_>>().join(", ");
    Provided {
        id: format!("{}{}", found.osm_type.unwrap_or_default(), found.osm_id.unwrap_or_default()),
        name,
        label,
        longitude,
        latitude,
        bbox: found.extent.map(|[west, north, east, south]| [west, south, east, north]),
        confidence,
        importance: 0.0,
        details: Details {
            house_number: found.housenumber,
            street,
            city: found.city,
            district: found.district,
            county: found.county,
            region: found.state,
            country: found.country,
            postcode: found.postcode,
            ..Details::default()
        },
    }
}
