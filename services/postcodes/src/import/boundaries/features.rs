//! Parses the collection first and then each feature separately, so that an error has a location.

use std::sync::LazyLock;

use anyhow::ensure;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    projection::{Point, Projection},
    text,
};
use crate::geometry::shape::Ring;

/// The collection. Members that are not part of `GeoJSON` are ours, and optional.
#[derive(Deserialize)]
pub(super) struct Collection<'a> {
    pub(super) name: Option<String>,
    pub(super) licence: Option<String>,
    pub(super) attribution: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) generation: Option<String>,
    pub(super) valid_from: Option<NaiveDate>,
    pub(super) valid_to: Option<NaiveDate>,
    #[serde(default)]
    pub(super) rough: bool,
    pub(super) crs: Option<Crs>,
    /// None of a lone feature.
    #[serde(borrow)]
    features: Option<Vec<&'a RawValue>>,
    #[serde(rename = "type")]
    kind_of_object: Option<String>,
}

/// The member of `GeoJSON` before RFC 7946.
#[derive(Deserialize)]
pub(super) struct Crs {
    pub(super) properties: CrsName,
}

#[derive(Deserialize)]
pub(super) struct CrsName {
    pub(super) name: String,
}

/// An area, or part of one.
#[derive(Deserialize)]
pub(super) struct Feature {
    properties: Option<Map<String, Value>>,
    geometry: Option<Geometry>,
}

type Polygon = Vec<Vec<Point>>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Polygon),
    MultiPolygon(Vec<Polygon>),
}

impl<'a> Collection<'a> {
    /// A lone feature is a collection of one.
    pub(super) fn parse(text: &'a str) -> anyhow::Result<Self> {
        let not_one = "this is not a GeoJSON collection of polygons";
        let parse_error =
            |error: serde_json::Error| text::error_at(text, text, &error).context(not_one);
        let mut collection: Self = serde_json::from_str(text).map_err(parse_error)?;
        if collection.features.is_none() {
            ensure!(collection.kind_of_object.as_deref() == Some("Feature"), not_one);
            collection.features = Some(vec![serde_json::from_str(text).map_err(parse_error)?]);
        }
        Ok(collection)
    }

    pub(super) fn features(&self) -> &[&'a RawValue] {
        self.features.as_deref().unwrap_or_default()
    }
}

impl Feature {
    pub(super) fn parse(text: &str, raw: &RawValue) -> anyhow::Result<Self> {
        serde_json::from_str(raw.get()).map_err(|error| text::error_at(text, raw.get(), &error))
    }

    /// Empty if they are missing or null.
    pub(super) fn properties(&self) -> &Map<String, Value> {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.properties.as_ref().unwrap_or(&NONE)
    }

    /// None for a null geometry. An empty one is the same (RFC 7946 §3.1).
    fn polygons(&self) -> &[Polygon] {
        match &self.geometry {
            None => &[],
            Some(Geometry::Polygon(polygon)) if polygon.is_empty() => &[],
            Some(Geometry::Polygon(polygon)) => std::slice::from_ref(polygon),
            Some(Geometry::MultiPolygon(polygons)) => polygons,
        }
    }

    pub(super) fn first_point(&self) -> Option<Point> {
        self.polygons().first()?.first()?.first().copied()
    }

    /// Its boundary in millionths of a degree, with closed rings.
    pub(super) fn rings(&self, projection: &Projection) -> anyhow::Result<Vec<Ring>> {
        let mut rings = Vec::new();
        for polygon in self.polygons() {
            ensure!(!polygon.is_empty(), "a polygon has no ring");
            for (number, ring) in polygon.iter().enumerate() {
                ensure!(ring.len() >= 3, "a ring has fewer than three points");
                let points = ring.iter().map(|point| projection.micro(*point));
                let mut points = points.collect::<anyhow::Result<Vec<_>>>()?;
                points.dedup();
                if points.last() != points.first() {
                    points.extend(points.first().copied());
                }
                // A ring smaller than a tenth of a metre has no inside.
                if points.len() > 3 {
                    rings.push(Ring { is_outer: number == 0, points, anchors: vec![] });
                } else if number == 0 {
                    break;
                }
            }
        }
        Ok(rings)
    }
}
