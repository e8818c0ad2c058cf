//! Which constituency a postcode lies in: by the dataset's column, else by point in polygon.

use std::path::Path;

use anyhow::Context;
use geo::{BoundingRect, Contains, MultiPolygon, Point};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use serde::{Deserialize, Serialize};

use super::outline;
use crate::dataset::image::{Entry, Position};
use crate::dataset::kind::Kind;

/// Distance from a border, in metres, within which the other side is named as a neighbour: a
/// postcode is an area, and its addresses may lie on both sides.
pub const NEIGHBOUR_M: f64 = 250.0;
/// The project's own rough outlines of ten constituencies.
const DEMO: &str = include_str!("../../data/demo-areas.geojson");

/// Outlines of constituencies, indexed.
pub struct Areas {
    about: AreasAbout,
    outlines: Vec<Outline>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

/// What a file of outlines says of itself; all of it optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreasAbout {
    pub name: Option<String>,
    pub licence: Option<String>,
    pub attribution: Option<String>,
    /// Set of boundaries: the year of the election they came into force with.
    pub generation: Option<String>,
    /// Whether the outlines are only good for trying out.
    #[serde(default)]
    pub rough: bool,
}

/// One constituency.
#[derive(Clone, Debug)]
pub struct Outline {
    pub gss_code: String,
    pub name: Option<String>,
    /// WGS84 degrees.
    pub shape: MultiPolygon<f64>,
}

/// The constituency of a postcode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Constituency<'a> {
    pub gss_code: &'a str,
    pub name: Option<&'a str>,
    pub generation: Option<&'a str>,
    pub method: Method,
    /// Other constituencies within [`NEIGHBOUR_M`], nearest first.
    pub neighbours: Vec<Neighbour<'a>>,
}

/// How a constituency was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The directory itself says so.
    Column,
    /// The postcode's point lies within the outline.
    PointInPolygon,
}

/// A constituency on the other side of a near border.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neighbour<'a> {
    pub gss_code: &'a str,
    pub name: Option<&'a str>,
    /// From the postcode's point to the border, metres, rounded.
    pub distance_m: f64,
}

impl Areas {
    /// The embedded outlines, for trying out.
    pub fn demo() -> anyhow::Result<Self> {
        Self::parse(DEMO).context("the embedded outlines are broken")
    }

    /// Reads a GeoJSON file of constituencies in WGS84 degrees.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the areas {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("cannot use the areas {}", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let (about, outlines) = outline::parse(text)?;
        let boxes = outlines.iter().enumerate().filter_map(|(number, outline)| {
            let around = outline.shape.bounding_rect()?;
            let corners = Rectangle::from_corners(around.min().into(), around.max().into());
            Some(GeomWithData::new(corners, number))
        });
        let tree = RTree::bulk_load(boxes.collect());
        Ok(Self { about, outlines, tree })
    }

    /// What the outlines are.
    pub fn about(&self) -> &AreasAbout {
        &self.about
    }

    /// All outlines.
    pub fn outlines(&self) -> &[Outline] {
        &self.outlines
    }

    /// The constituency of a dataset entry; none where neither column nor outline knows.
    pub fn constituency<'a>(&'a self, entry: &Entry<'a>) -> Option<Constituency<'a>> {
        let position = entry.position();
        let Some(area) = entry.area(Kind::Constituency) else {
            // A directory with the column says "none" where it has none (Crown dependencies).
            let has_column = entry.dataset().about().constituency_generation.is_some();
            return position.filter(|_| !has_column).and_then(|position| self.locate(position));
        };
        let name = area.name.or_else(|| self.name_of(area.code));
        Some(Constituency {
            gss_code: area.code,
            name,
            generation: entry.dataset().about().constituency_generation.as_deref(),
            method: Method::Column,
            neighbours: position.map_or_else(Vec::new, |at| self.neighbours(at, area.code)),
        })
    }

    /// The constituency that a position lies in.
    pub fn locate(&self, position: Position) -> Option<Constituency<'_>> {
        let point = Point::new(position.longitude, position.latitude);
        let around = AABB::from_point([point.x(), point.y()]);
        let inside = self
            .tree
            .locate_in_envelope_intersecting(&around)
            .filter_map(|found| self.outlines.get(found.data))
            .find(|outline| outline.shape.contains(&point))?;
        Some(Constituency {
            gss_code: &inside.gss_code,
            name: inside.name.as_deref(),
            generation: self.about.generation.as_deref(),
            method: Method::PointInPolygon,
            neighbours: self.neighbours(position, &inside.gss_code),
        })
    }

    fn neighbours(&self, position: Position, own: &str) -> Vec<Neighbour<'_>> {
        let [east, north] = outline::metres_per_degree(position);
        let reach = [NEIGHBOUR_M / east, NEIGHBOUR_M / north];
        let around = AABB::from_corners(
            [position.longitude - reach[0], position.latitude - reach[1]],
            [position.longitude + reach[0], position.latitude + reach[1]],
        );
        let mut near: Vec<Neighbour<'_>> = self
            .tree
            .locate_in_envelope_intersecting(&around)
            .filter_map(|found| self.outlines.get(found.data))
            .filter(|outline| outline.gss_code != own)
            .map(|outline| Neighbour {
                gss_code: &outline.gss_code,
                name: outline.name.as_deref(),
                distance_m: outline::distance_m(&outline.shape, position).round(),
            })
            .filter(|neighbour| neighbour.distance_m <= NEIGHBOUR_M)
            .collect();
        near.sort_by(|one, other| one.distance_m.total_cmp(&other.distance_m));
        near
    }

    fn name_of(&self, gss_code: &str) -> Option<&str> {
        self.outlines.iter().find(|outline| outline.gss_code == gss_code)?.name.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::{Areas, Method};
    use crate::dataset::image::Position;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position { longitude, latitude }
    }

    /// Two squares of about 1.1 km by 0.7 km that share the meridian -1.
    const SQUARES: &str = r#"{"type":"FeatureCollection","generation":"2024","features":[
        {"type":"Feature","properties":{"gss_code":"E14000001","name":"West"},"geometry":
         {"type":"Polygon","coordinates":[[[-1.01,51],[-1,51],[-1,51.01],[-1.01,51.01],[-1.01,51]]]}},
        {"type":"Feature","properties":{"PCON24CD":"E14000002","PCON24NM":"East"},"geometry":
         {"type":"MultiPolygon","coordinates":[[[[-1,51],[-0.99,51],[-0.99,51.01],[-1,51.01],[-1,51]]]]}}]}"#;

    #[test]
    fn a_point_far_from_the_border_has_no_neighbour() {
        let areas = Areas::parse(SQUARES).unwrap();
        let found = areas.locate(at(-1.005, 51.005)).unwrap();
        assert_eq!((found.gss_code, found.name), ("E14000001", Some("West")));
        assert_eq!(found.method, Method::PointInPolygon);
        assert_eq!(found.generation, Some("2024"));
        assert_eq!(found.neighbours, []);
    }

    #[test]
    fn near_a_border_the_other_side_is_named_with_its_distance() {
        let areas = Areas::parse(SQUARES).unwrap();
        let found = areas.locate(at(-0.998, 51.005)).unwrap();
        assert_eq!(found.gss_code, "E14000002");
        assert_eq!(found.neighbours.len(), 1);
        assert_eq!(found.neighbours[0].gss_code, "E14000001");
        // 0.002 degrees of longitude at 51 degrees north are 140 m.
        assert!((found.neighbours[0].distance_m - 140.0).abs() <= 1.0);
    }

    #[test]
    fn a_point_outside_every_outline_has_no_constituency() {
        let areas = Areas::parse(SQUARES).unwrap();
        assert_eq!(areas.locate(at(-0.98, 51.005)), None);
    }

    #[test]
    fn the_embedded_outlines_hold_the_places_they_are_named_for() {
        let areas = Areas::demo().unwrap();
        assert!(areas.about().rough);
        let places = [
            ("E14001419", -1.2165, 51.7520), // Oxford, Headington
            ("E14001420", -1.2820, 51.6708), // Abingdon
            ("E14001172", -0.1276, 51.5033), // Downing Street
            ("E14001149", 0.1190, 52.2053),  // Cambridge, King's Parade
            ("E14001131", -2.5990, 51.4530), // Bristol, College Green
            ("E14001352", -2.2370, 53.4810), // Manchester, Piccadilly
            ("S14000078", -3.1130, 55.9520), // Edinburgh, Portobello
            ("W07000089", -3.1450, 51.5150), // Cardiff, Penylan
            ("N05000001", -5.8700, 54.5960), // Belfast, Bloomfield
            ("E14001467", -1.4700, 53.3800), // Sheffield, City Hall
        ];
        for (code, longitude, latitude) in places {
            let found =
                areas.locate(at(longitude, latitude)).map(|found| found.gss_code.to_owned());
            assert_eq!(found.as_deref(), Some(code));
        }
        assert_eq!(areas.outlines().len(), places.len());
    }
}
