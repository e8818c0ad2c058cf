//! `Nominatim`, OpenStreetMap's own geocoder: its `geojson` format with address details.

use serde::Deserialize;
use url::Url;

use super::result::ProviderResult;
use crate::{
    geocoding::domain::{AddressParts, Details, Text},
    providers::domain::Question,
};

/// It does not say how well a text matches, only how important a result is.
const CONFIDENCE: f64 = 0.8;

#[derive(Deserialize)]
struct Answer {
    /// Absent when nothing is at a point.
    #[serde(default)]
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    bbox: Option<[f64; 4]>,
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
    name: Option<String>,
    display_name: String,
    #[serde(default)]
    importance: f64,
    #[serde(default)]
    address: Address,
}

#[derive(Default, Deserialize)]
struct Address {
    house_number: Option<String>,
    road: Option<String>,
    city: Option<String>,
    town: Option<String>,
    village: Option<String>,
    county: Option<String>,
    state: Option<String>,
    postcode: Option<String>,
    country: Option<String>,
}

pub(super) fn url(base: &Url, question: &Question, limit: usize) -> Url {
    let mut url = base.clone();
    let path = if matches!(question, Question::Text(_)) { "search" } else { "reverse" };
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    let mut query = url.query_pairs_mut();
    query.append_pair("format", "geojson").append_pair("addressdetails", "1");
    match question {
        Question::Text(text) => {
            query.append_pair("limit", &limit.to_string()).append_pair("countrycodes", "gb");
            match text {
                Text::Free(text) => {
                    query.append_pair("q", text);
                }
                Text::Structured(AddressParts { street, city, county, postcode, country }) => {
                    let names = ["street", "city", "county", "postalcode", "country"];
                    for (name, part) in
                        names.into_iter().zip([street, city, county, postcode, country])
                    {
                        if let Some(part) = part {
                            query.append_pair(name, part);
                        }
                    }
                }
            }
        }
        Question::Point(point) => {
            query
                .append_pair("lon", &point.longitude.to_string())
                .append_pair("lat", &point.latitude.to_string());
        }
    }
    drop(query);
    url
}

pub(super) fn parse(body: &[u8]) -> Result<Vec<ProviderResult>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    Ok(answer.features.into_iter().map(result).collect())
}

fn result(Feature { properties, bbox, geometry }: Feature) -> ProviderResult {
    let [longitude, latitude] = geometry.coordinates;
    let Properties { osm_type, osm_id, name, display_name, importance, address } = properties;
    let details = Details {
        house_number: address.house_number,
        street: address.road,
        city: address.city.or(address.town).or(address.village),
        county: address.county,
        region: address.state,
        postcode: address.postcode,
        country: address.country,
        ..Details::default()
    };
    ProviderResult {
        id: format!("{}{}", osm_type.unwrap_or_default(), osm_id.unwrap_or_default()),
        name,
        label: display_name,
        longitude,
        latitude,
        bbox,
        confidence: CONFIDENCE,
        importance,
        details,
    }
}
