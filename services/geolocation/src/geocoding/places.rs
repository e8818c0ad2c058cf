//! Places of the gazetteer as features.

use std::borrow::Cow;

use super::{
    domain::{Details, Feature, Layer, MatchType, Options, Point},
    rank,
};
use crate::gazetteer::{
    domain::Place,
    search::{Fit, Gazetteer, Hit},
    words::Words,
};

/// Places farther away than this are not near a point, metres.
const NEAR_M: f64 = 25_000.0;

/// The best of the places that the words may mean. Thousands start with the same letter, so only the best become features.
pub(super) fn search(gazetteer: &Gazetteer, words: &Words, options: &Options) -> Vec<Feature> {
    let hits = gazetteer.find(words).into_iter();
    let mut scored: Vec<(f64, Hit, &Place)> = hits
        .filter_map(|hit| {
            let place = gazetteer.place(hit.place)?;
            let score =
                rank::score(hit.confidence, place.importance(), Some(point(place)), options)?;
            Some((score, hit, place))
        })
        .collect();
    scored.sort_by(|(a, one, _), (b, other, _)| b.total_cmp(a).then(one.place.cmp(&other.place)));
    let best = scored.into_iter().take(options.limit);
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

/// The places nearest to a point.
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

/// The name of the importer.
fn source(gazetteer: &Gazetteer) -> &'static str {
    if gazetteer.about().source == "geonames" { "geonames" } else { "os_open_names" }
}
