//! Which features are answered, and in which order. Pure.

use super::domain::{Bounds, Feature, Point, Wish};
use crate::gazetteer::search::distance_m;

/// How much it counts, beside how well the text fits, which of several is probably meant.
const WEIGHT_OF_IMPORTANCE: f64 = 0.3;
/// How much it counts that a feature is near the point of the bias.
const WEIGHT_OF_BIAS: f64 = 0.3;
/// At this distance the bias counts about a third.
const BIAS_REACH_M: f64 = 50_000.0;

/// The wanted features inside the bounds, the best first.
pub(super) fn best(mut features: Vec<Feature>, wish: &Wish) -> Vec<Feature> {
    features.retain(|feature| wish.wants(feature.layer) && is_inside(feature.point, wish.bounds));
    let mut scored: Vec<(f64, Feature)> =
        features.into_iter().map(|feature| (score(&feature, wish.bias), feature)).collect();
    scored.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.id.cmp(&other.id)));
    scored.dedup_by(|(_, one), (_, other)| one.id == other.id);
    scored.into_iter().map(|(_, feature)| feature).take(wish.limit).collect()
}

fn score(feature: &Feature, bias: Option<Point>) -> f64 {
    let near = bias.zip(feature.point).map_or(0.0, |(bias, point)| {
        let distance_m =
            distance_m((bias.longitude, bias.latitude), (point.longitude, point.latitude));
        (-distance_m / BIAS_REACH_M).exp()
    });
    feature.confidence + WEIGHT_OF_IMPORTANCE * feature.importance + WEIGHT_OF_BIAS * near
}

/// What lies nowhere lies outside of every bound.
fn is_inside(point: Option<Point>, bounds: Option<Bounds>) -> bool {
    let Some(bounds) = bounds else { return true };
    point.is_some_and(|point| match bounds {
        Bounds::Box([west, south, east, north]) => {
            (west..=east).contains(&point.longitude) && (south..=north).contains(&point.latitude)
        }
        Bounds::Circle { centre, radius_m } => {
            let centre = (centre.longitude, centre.latitude);
            distance_m(centre, (point.longitude, point.latitude)) <= radius_m
        }
    })
}
