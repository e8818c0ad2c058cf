//! Parses the collection first and then each feature separately, so that an error has a location.

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
    #[serde(borrow)]
    pub(super) features: Vec<&'a RawValue>,
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
    pub(super) properties: Map<String, Value>,
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
    pub(super) fn parse(text: &'a str) -> anyhow::Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            text::error_at(text, text, &error)
                .context("this is not a GeoJSON collection of polygons")
        })
    }
}

impl Feature {
    pub(super) fn parse(text: &str, raw: &RawValue) -> anyhow::Result<Self> {
        serde_json::from_str(raw.get()).map_err(|error| text::error_at(text, raw.get(), &error))
    }

    fn polygons(&self) -> &[Polygon] {
        match &self.geometry {
            None => &[],
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
