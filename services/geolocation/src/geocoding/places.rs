//! Places of the gazetteer as features.

use std::borrow::Cow;

use super::domain::{Details, Feature, Layer, MatchType, Point, Wish};
use super::rank;
use crate::gazetteer::{
    Gazetteer,
    domain::Place,
    search::{Fit, Hit},
    words::Words,
};

/// Places farther away than this from a point are not where it is, metres.
const NEAR_M: f64 = 25_000.0;

/// The best of the places that the words may mean. A letter begins thousands, so only these become features.
pub(super) fn found(gazetteer: &Gazetteer, words: &Words, wish: &Wish) -> Vec<Feature> {
    let hits = gazetteer.find(words).into_iter();
    let mut scored: Vec<(f64, Hit, &Place)> = hits
        .filter_map(|hit| {
            let place = gazetteer.place(hit.place)?;
            let score = rank::score(hit.confidence, place.importance(), Some(point(place)), wish)?;
            Some((score, hit, place))
        })
        .collect();
    scored.sort_by(|(a, one, _), (b, other, _)| b.total_cmp(a).then(one.place.cmp(&other.place)));
    let best = scored.into_iter().take(wish.limit);
    best.map(|(_, hit, place)| {
        let match_type = match hit.fit {
            Fit::Exact => MatchType::Exact,
            Fit::Prefix => MatchType::Prefix,
            Fit::Fuzzy => MatchType::Fuzzy,
            Fit::Fallback => MatchType::Fallback,
        };
        feature(gazetteer, place, match_type, hit.confidence)
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
        point: Some(point(place)),
        bbox: place.bounds,
        match_type,
        confidence,
        importance: place.importance(),
        distance_m: None,
        source,
        details,
    }
}

fn point(place: &Place) -> Point {
    Point { longitude: place.longitude, latitude: place.latitude }
}

/// The names of the two importers.
fn source(gazetteer: &Gazetteer) -> &'static str {
    if gazetteer.about().source == "geonames" { "geonames" } else { "os_open_names" }
}
