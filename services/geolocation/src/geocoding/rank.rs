//! Which features are in the answer, and in which order.

use super::domain::{Bounds, Feature, Options, Point};
use crate::gazetteer::search::distance_m;

/// How much the importance of a feature counts, relative to how well the text matches.
const WEIGHT_OF_IMPORTANCE: f64 = 0.3;
/// How much it counts that a feature is near the bias point.
const WEIGHT_OF_BIAS: f64 = 0.3;
/// At this distance the bias counts about a third.
const BIAS_REACH_M: f64 = 50_000.0;

/// The wanted features inside the bounds, the best first.
pub(super) fn best(features: Vec<Feature>, options: &Options) -> Vec<Feature> {
    let wanted = features.into_iter().filter(|feature| options.wants(feature.layer));
    let mut scored: Vec<(f64, Feature)> = wanted
        .filter_map(|it| Some((score(it.confidence, it.importance, it.point, options)?, it)))
        .collect();
    scored.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.id.cmp(&other.id)));
    scored.dedup_by(|(_, one), (_, other)| one.id == other.id);
    scored.into_iter().map(|(_, feature)| feature).take(options.limit).collect()
}

/// How good a feature is; none outside the bounds.
pub(super) fn score(
    confidence: f64,
    importance: f64,
    point: Option<Point>,
    options: &Options,
) -> Option<f64> {
    if !is_inside(point, options.bounds) {
        return None;
    }
    let nearness = options
        .bias
        .zip(point)
        .map_or(0.0, |(bias, point)| (-metres(bias, point) / BIAS_REACH_M).exp());
    Some(confidence + WEIGHT_OF_IMPORTANCE * importance + WEIGHT_OF_BIAS * nearness)
}

/// A feature without a position is outside any bounds.
fn is_inside(point: Option<Point>, bounds: Option<Bounds>) -> bool {
    let Some(bounds) = bounds else { return true };
    point.is_some_and(|point| match bounds {
        Bounds::Box([west, south, east, north]) => {
            (west..=east).contains(&point.longitude) && (south..=north).contains(&point.latitude)
        }
        Bounds::Circle { centre, radius_m } => metres(centre, point) <= radius_m,
    })
}

fn metres(from: Point, to: Point) -> f64 {
    distance_m((from.longitude, from.latitude), (to.longitude, to.latitude))
}
