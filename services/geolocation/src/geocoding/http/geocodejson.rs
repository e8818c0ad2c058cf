//! Features as `GeocodeJSON` (draft 0.1.0), which other geocoders return too.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::domain::{self, Answer, Layer, Note};
use super::geojson::{Geometry, geometry};

#[derive(Serialize)]
pub(super) struct Collection<'a> {
    r#type: &'static str,
    geocoding: About,
    features: Vec<Feature<'a>>,
    notes: &'a [Note],
}

/// The draft has the query here too; it is left out, since it may be somebody's address.
#[derive(Serialize)]
struct About {
    version: &'static str,
    attribution: String,
}

#[derive(Serialize)]
struct Feature<'a> {
    r#type: &'static str,
    geometry: Option<Geometry>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Properties<'a> {
    geocoding: Geocoding<'a>,
}

#[derive(Serialize)]
struct Geocoding<'a> {
    /// `house`, `street`, `postcode`, `city`, `locality`, `region`.
    r#type: &'static str,
    label: &'a str,
    name: &'a str,
    /// Metres; in reverse the distance from the point.
    accuracy: Option<f64>,
    housenumber: Option<&'a str>,
    street: Option<&'a str>,
    postcode: Option<&'a str>,
    city: Option<&'a str>,
    district: Option<&'a str>,
    county: Option<&'a str>,
    state: Option<&'a str>,
    country: Option<&'a str>,
    /// Names of areas by their kind.
    admin: BTreeMap<&'a str, &'a str>,
}

pub(super) fn collection(answer: &Answer) -> Collection<'_> {
    Collection {
        r#type: "FeatureCollection",
        geocoding: About { version: "0.1.0", attribution: answer.attribution.join(" ") },
        features: answer.features.iter().map(feature).collect(),
        notes: &answer.notes,
    }
}

fn feature(feature: &domain::Feature) -> Feature<'_> {
    let details = &feature.details;
    let areas = details.areas.iter();
    let admin = areas.filter_map(|area| Some((area.kind.as_str(), area.name.as_deref()?)));
    Feature {
        r#type: "Feature",
        geometry: feature.point.map(geometry),
        properties: Properties {
            geocoding: Geocoding {
                r#type: type_of(feature),
                label: &feature.label,
                name: &feature.name,
                accuracy: feature.distance_m.map(f64::round),
                housenumber: details.house_number.as_deref(),
                street: details.street.as_deref(),
                postcode: details.postcode.as_deref(),
                city: details.city.as_deref(),
                district: details.district.as_deref(),
                county: details.county.as_deref(),
                state: details.region.as_deref(),
                country: details.country.as_deref(),
                admin: admin.collect(),
            },
        },
    }
}

fn type_of(feature: &domain::Feature) -> &'static str {
    match feature.layer {
        Layer::Address if feature.details.house_number.is_some() => "house",
        Layer::Address => "street",
        Layer::Postcode | Layer::Outcode => "postcode",
        Layer::Area => "region",
        Layer::Place => match feature.details.kind.as_deref() {
            Some("city" | "town") => "city",
            _ => "locality",
        },
    }
}
