//! Places of the gazetteer as features.

use std::borrow::Cow;

use super::domain::{Details, Feature, Layer, MatchType, Point};
use crate::gazetteer::{Gazetteer, domain::Place, search::Fit, words::Words};

/// Places farther away than this from a point are not where it is, metres.
const NEAR_M: f64 = 25_000.0;

/// Places that the words may mean.
pub(super) fn found(gazetteer: &Gazetteer, words: &Words) -> Vec<Feature> {
    let hits = gazetteer.find(words).into_iter();
    hits.filter_map(|hit| {
        let match_type = match hit.fit {
            Fit::Exact => MatchType::Exact,
            Fit::Prefix => MatchType::Prefix,
            Fit::Fuzzy => MatchType::Fuzzy,
            Fit::Fallback => MatchType::Fallback,
        };
        Some(feature(gazetteer, gazetteer.place(hit.place)?, match_type, hit.confidence))
    })
    .collect()
}

/// The places next to a point.
pub(super) fn near(gazetteer: &Gazetteer, point: Point, limit: usize) -> Vec<Feature> {
    let near = gazetteer.near(point.longitude, point.latitude, NEAR_M).take(limit);
    near.filter_map(|(place, distance_m)| {
        let confidence = 1.0 - 0.5 * distance_m / NEAR_M;
        let place = gazetteer.place(place)?;
        let mut feature = feature(gazetteer, place, MatchType::Nearest, confidence);
        feature.distance_m = Some(distance_m);
        Some(feature)
    })
    .collect()
}

fn feature(
    gazetteer: &Gazetteer,
    place: &Place,
    match_type: MatchType,
    confidence: f64,
) -> Feature {
    let area = |number| gazetteer.area(number).map(str::to_owned);
    let details = Details {
        kind: Some(Cow::Borrowed(place.kind.as_str())),
        district: area(place.district),
        county: area(place.county),
        region: area(place.region),
        country: area(place.country),
        outcode: place.outcode.clone(),
        population: Some(place.population).filter(|people| *people > 0),
        ..Details::default()
    };
    let around = [details.county.as_ref().or(details.district.as_ref()), details.country.as_ref()];
    let around = around.into_iter().flatten().filter(|area| **area != place.name);
    let label: Vec<&str> =
        std::iter::once(place.name.as_str()).chain(around.map(String::as_str)).collect();
    let source = source(gazetteer);
    Feature {
        id: format!("{source}:{}", place.id),
        layer: Layer::Place,
        name: place.name.clone(),
        label: label.join(", "),
        point: Some(Point { longitude: place.longitude, latitude: place.latitude }),
        bbox: place.bounds,
        match_type,
        confidence,
        importance: place.importance(),
        distance_m: None,
        source,
        details,
    }
}

/// The names of the two importers.
fn source(gazetteer: &Gazetteer) -> &'static str {
    if gazetteer.about().source == "geonames" { "geonames" } else { "os_open_names" }
}
