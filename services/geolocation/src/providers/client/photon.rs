//! `Photon`: a geocoder over OpenStreetMap with `GeoJSON` answers.

use serde::Deserialize;
use url::Url;

use super::result::ProviderResult;
use crate::{geocoding::domain::Details, providers::domain::Question};

/// Of the first result. It returns results in order and does not say how well a text matches.
const CONFIDENCE: f64 = 0.8;
/// How much less it is for each further result.
const STEP: f64 = 0.02;

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
            .append_pair("q", &text.one_line())
            .append_pair("limit", &limit.to_string()),
        Question::Point(point) => url
            .query_pairs_mut()
            .append_pair("lon", &point.longitude.to_string())
            .append_pair("lat", &point.latitude.to_string()),
    };
    url
}

pub(super) fn parse(body: &[u8]) -> Result<Vec<ProviderResult>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    let ranks = std::iter::successors(Some(CONFIDENCE), |it| Some((it - STEP).max(0.0)));
    Ok(answer.features.into_iter().zip(ranks).map(|(it, rank)| result(it, rank)).collect())
}

fn result(Feature { properties, geometry }: Feature, confidence: f64) -> ProviderResult {
    let [longitude, latitude] = geometry.coordinates;
    // The name of a street is not among its own parts.
    let is_street = properties.r#type.as_deref() == Some("street");
    let street = properties.street.or_else(|| properties.name.clone().filter(|_name| is_street));
    let house = match (&properties.housenumber, &street) {
        (Some(number), Some(street)) => Some(format!("{number} {street}")),
        _ => None,
    };
    let name = properties.name.or(house);
    let parts =
        [&name, &properties.city, &properties.postcode, &properties.country].into_iter().flatten();
    let label = parts.map(String::as_str).collect::<Vec<_>>().join(", ");
    ProviderResult {
        id: format!(
            "{}{}",
            properties.osm_type.unwrap_or_default(),
            properties.osm_id.unwrap_or_default()
        ),
        name,
        label,
        longitude,
        latitude,
        bbox: properties.extent.map(|[west, north, east, south]| [west, south, east, north]),
        confidence,
        importance: 0.0,
        details: Details {
            house_number: properties.housenumber,
            street,
            city: properties.city,
            district: properties.district,
            county: properties.county,
            region: properties.state,
            country: properties.country,
            postcode: properties.postcode,
            ..Details::default()
        },
    }
}
