//! The points of a file: in degrees, or in metres on a national grid.

use std::fmt;

use anyhow::{Context, bail, ensure};
use datafile::grid::{Grid, Transformer};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};

use crate::geometry::{
    micro::{Micro, micro},
    position::Position,
};

/// The first two numbers of a position; a height is ignored.
#[derive(Clone, Copy)]
pub(super) struct Point(pub(super) [f64; 2]);

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PointVisitor)
    }
}

struct PointVisitor;

impl<'de> Visitor<'de> for PointVisitor {
    type Value = Point;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a position of two numbers or more")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Point, A::Error> {
        let short = |length| serde::de::Error::invalid_length(length, &self);
        let x = sequence.next_element()?.ok_or_else(|| short(0))?;
        let y = sequence.next_element()?.ok_or_else(|| short(1))?;
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Point([x, y]))
    }
}

/// How to convert a point to degrees.
pub(super) enum Projection {
    Degrees,
    Grid(Box<Transformer>, Grid),
}

impl Projection {
    /// Degrees and metres are distinguished by size, because there are files of the British grid without a `crs` or with that
    /// of degrees; the `crs` identifies the grid, and coordinates that are neither.
    pub(super) fn detect(crs: Option<&str>, first: Option<Point>) -> anyhow::Result<Self> {
        let code = crs.map(|crs| crs.rsplit([':', '/']).next().unwrap_or_default());
        let Some(Point([x, y])) = first else { return Ok(Self::Degrees) };
        if x.abs() <= 180.0 && y.abs() <= 90.0 {
            // With swapped coordinates, the United Kingdom would be off Somalia.
            let is_swapped = (49.0..62.0).contains(&x) && (-9.0..3.0).contains(&y);
            ensure!(
                !is_swapped,
                "latitude and longitude are swapped: GeoJSON has the longitude first"
            );
            return Ok(Self::Degrees);
        }
        let grid = match code {
            Some("29901" | "29902" | "29903") => Grid::Irish,
            None | Some("27700" | "4326" | "CRS84" | "4258") => Grid::British,
            Some(other) => {
                bail!("the coordinates are in EPSG:{other}: convert the file to WGS84 (EPSG:4326)")
            }
        };
        Ok(Self::Grid(Box::new(Transformer::new()?), grid))
    }

    /// A point in millionths of a degree.
    pub(super) fn micro(&self, Point([x, y]): Point) -> anyhow::Result<Micro> {
        let (longitude, latitude) = match self {
            Self::Degrees => (x, y),
            Self::Grid(transformer, grid) => transformer
                .degrees(*grid, x, y)
                .with_context(|| format!("{x}, {y} is not on the national grid"))?,
        };
        ensure!(
            (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude),
            "the coordinates {x}, {y} are not degrees: convert the file to WGS84 (EPSG:4326)"
        );
        Ok(micro(Position { longitude, latitude }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Point, Projection};

    #[test]
    fn degrees_and_metres_are_distinguished_by_size_whatever_the_crs() {
        let is_grid = |crs, point| {
            matches!(Projection::detect(crs, Some(Point(point))), Ok(Projection::Grid(..)))
        };
        let (degrees, metres) = ([-1.2, 51.7], [451_000.0, 206_000.0]);
        let british = Some("urn:ogc:def:crs:EPSG::27700");
        let wgs84 = Some("urn:ogc:def:crs:OGC:1.3:CRS84");
        for (crs, point, expected) in [
            (None, degrees, false),
            (None, metres, true),
            (british, metres, true),
            (wgs84, degrees, false),
            (wgs84, metres, true),
        ] {
            assert_eq!(is_grid(crs, point), expected, "{crs:?} {point:?}");
        }
    }

    #[test]
    fn other_coordinates_are_an_error_that_says_what_to_do() {
        let mercator =
            Projection::detect(Some("EPSG:3857"), Some(Point([-133_000.0, 6_700_000.0])));
        assert!(mercator.err().unwrap().to_string().contains("WGS84"));
        let swapped = Projection::detect(None, Some(Point([51.7, -1.2])));
        assert!(swapped.err().unwrap().to_string().contains("longitude first"));
        let beyond = Projection::Degrees.micro(Point([451_000.0, 206_000.0]));
        assert!(beyond.err().unwrap().to_string().contains("WGS84"));
    }
}
