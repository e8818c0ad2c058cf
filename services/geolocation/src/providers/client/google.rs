//! Google's geocoding API, which others have too.

use serde::Deserialize;
use url::Url;

use super::result::ProviderResult;
use crate::{geocoding::domain::Details, providers::domain::Question};

/// Factor for results that match only a part of the question.
const PARTIAL: f64 = 0.7;

#[derive(Deserialize)]
struct Answer {
    results: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    place_id: String,
    formatted_address: String,
    #[serde(default)]
    partial_match: bool,
    address_components: Vec<Component>,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Component {
    long_name: String,
    types: Vec<String>,
}

#[derive(Deserialize)]
struct Geometry {
    location: Location,
    #[serde(default)]
    location_type: String,
    viewport: Option<Viewport>,
}

#[derive(Deserialize)]
struct Location {
    lat: f64,
    lng: f64,
}

#[derive(Deserialize)]
struct Viewport {
    northeast: Location,
    southwest: Location,
}

pub(super) fn url(base: &Url, key: &str, question: &Question) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/json", base.path().trim_end_matches('/')));
    let mut query = url.query_pairs_mut();
    query.append_pair("key", key);
    match question {
        Question::Text(text) => {
            query.append_pair("address", &text.one_line()).append_pair("components", "country:GB");
        }
        Question::Point(point) => {
            query.append_pair("latlng", &format!("{},{}", point.latitude, point.longitude));
        }
    }
    drop(query);
    url
}

pub(super) fn parse(body: &[u8]) -> Result<Vec<ProviderResult>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    Ok(answer.results.into_iter().map(result).collect())
}

fn result(item: Item) -> ProviderResult {
    let component = |kind: &str| {
        let mut all = item.address_components.iter();
        let of_kind = all.find(|it| it.types.iter().any(|name| name == kind));
        of_kind.map(|it| it.long_name.clone())
    };
    let exactness = match item.geometry.location_type.as_str() {
        "ROOFTOP" => 1.0,
        "RANGE_INTERPOLATED" => 0.8,
        "GEOMETRIC_CENTER" => 0.6,
        _ => 0.4,
    };
    let partial = if item.partial_match { PARTIAL } else { 1.0 };
    ProviderResult {
        name: None,
        longitude: item.geometry.location.lng,
        latitude: item.geometry.location.lat,
        bbox: item.geometry.viewport.as_ref().map(|view| {
            [view.southwest.lng, view.southwest.lat, view.northeast.lng, view.northeast.lat]
        }),
        confidence: exactness * partial,
        importance: 0.0,
        details: Details {
            house_number: component("street_number"),
            street: component("route"),
            city: component("postal_town").or_else(|| component("locality")),
            county: component("administrative_area_level_2"),
            region: component("administrative_area_level_1"),
            country: component("country"),
            postcode: component("postal_code"),
            ..Details::default()
        },
        id: item.place_id,
        label: item.formatted_address,
    }
}
