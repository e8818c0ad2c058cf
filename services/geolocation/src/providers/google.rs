//! The shape of Google's geocoding, which others serve too.

use serde::Deserialize;
use url::Url;

use super::{Question, line, provided::Provided};
use crate::geocoding::domain::Details;

/// What was asked for was found only in part.
const PARTIAL: f64 = 0.7;

#[derive(Deserialize)]
struct Answer {
    results: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
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
            query.append_pair("address", &line(text)).append_pair("components", "country:GB");
        }
        Question::Point(point) => {
            query.append_pair("latlng", &format!("{},{}", point.latitude, point.longitude));
        }
    }
    drop(query);
    url
}

pub(super) fn read(body: &[u8]) -> Result<Vec<Provided>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    Ok(answer.results.into_iter().map(provided).collect())
}

fn provided(found: Found) -> Provided {
    let component = |kind: &str| {
        let mut all = found.address_components.iter();
        let of_kind = all.find(|it| it.types.iter().any(|of| of == kind));
        of_kind.map(|it| it.long_name.clone())
    };
    let exactness = match found.geometry.location_type.as_str() {
        "ROOFTOP" => 1.0,
        "RANGE_INTERPOLATED" => 0.8,
        "GEOMETRIC_CENTER" => 0.6,
        _ => 0.4,
    };
    let partial = if found.partial_match { PARTIAL } else { 1.0 };
    Provided {
        name: None,
        longitude: found.geometry.location.lng,
        latitude: found.geometry.location.lat,
        bbox: found.geometry.viewport.as_ref().map(|view| {
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
        id: found.place_id,
        label: found.formatted_address,
    }
}
