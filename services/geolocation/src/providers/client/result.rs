//! A result of a provider, before it becomes a feature.

use crate::geocoding::domain::{Details, Feature, Layer, MatchType, Point};

/// From this confidence on, a result counts as an exact match.
const EXACT: f64 = 0.9;

#[derive(Debug, Default)]
pub(super) struct ProviderResult {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) label: String,
    pub(super) longitude: f64,
    pub(super) latitude: f64,
    pub(super) bbox: Option<[f64; 4]>,
    /// From 0 to 1.
    pub(super) confidence: f64,
    pub(super) importance: f64,
    pub(super) details: Details,
}

impl ProviderResult {
    /// None for a position that is not on Earth.
    pub(super) fn into_feature(self, source: &'static str, is_reverse: bool) -> Option<Feature> {
        let Self { id, name, label, longitude, latitude, bbox, confidence, importance, details } =
            self;
        if longitude.abs() > 180.0 || latitude.abs() > 90.0 {
            return None;
        }
        let is_address = details.house_number.is_some() || details.street.is_some();
        let confidence = confidence.clamp(0.0, 1.0);
        let match_type = match is_reverse {
            true => MatchType::Nearest,
            false if confidence >= EXACT => MatchType::Exact,
            false => MatchType::Fuzzy,
        };
        Some(Feature {
            id: format!("{source}:{id}"),
            layer: if is_address { Layer::Address } else { Layer::Place },
            name: name.filter(|name| !name.is_empty()).unwrap_or_else(|| label.clone()),
            label,
            point: Some(Point { longitude, latitude }),
            bbox,
            match_type,
            confidence,
            importance: importance.clamp(0.0, 1.0),
            distance_m: None,
            source,
            details,
        })
    }
}
