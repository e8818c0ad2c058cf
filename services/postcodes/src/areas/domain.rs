//! Which constituency a postcode lies in: by the dataset's column, else by point in polygon.

use geo::{
    BoundingRect, Contains, Coord, Distance, Euclidean, Line, LinesIter, MultiPolygon, Point,
};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use serde::{Deserialize, Serialize};

use crate::dataset::image::{Entry, Position};
use crate::dataset::kind::Kind;

/// Distance from a border, in metres, within which the other side is named as a neighbour: a
/// postcode is an area, and its addresses may lie on both sides.
pub const NEIGHBOUR_M: f64 = 250.0;
/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.0;

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
    /// Indexes outlines.
    pub fn new(about: AreasAbout, outlines: Vec<Outline>) -> Self {
        let boxes = outlines.iter().enumerate().filter_map(|(number, outline)| {
            let around = outline.shape.bounding_rect()?;
            let corners = Rectangle::from_corners(around.min().into(), around.max().into());
            Some(GeomWithData::new(corners, number))
        });
        let tree = RTree::bulk_load(boxes.collect());
        Self { about, outlines, tree }
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
        let [east, north] = metres_per_degree(position);
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
                distance_m: distance_m(&outline.shape, position).round(),
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

/// Metres in a degree of longitude and of latitude at a position.
fn metres_per_degree(at: Position) -> [f64; 2] {
    [METRES_PER_DEGREE * at.latitude.to_radians().cos(), METRES_PER_DEGREE]
}

/// Distance in metres from a position to the nearest border of a shape, taking the earth as flat
/// for so short a way.
fn distance_m(shape: &MultiPolygon<f64>, from: Position) -> f64 {
    let [east, north] = metres_per_degree(from);
    let flat = |at: Coord<f64>| Coord {
        x: (at.x - from.longitude) * east,
        y: (at.y - from.latitude) * north,
    };
    let here = Point::new(0.0, 0.0);
    shape
        .lines_iter()
        .map(|line| Euclidean.distance(&here, &Line::new(flat(line.start), flat(line.end))))
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use geo::Rect;

    use super::{Areas, AreasAbout, Method, Outline};
    use crate::dataset::image::Position;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position { longitude, latitude }
    }

    /// Two squares of about 1.1 km by 0.7 km that share the meridian -1.
    fn squares() -> Areas {
        let square = |gss_code: &str, name: &str, west: f64| Outline {
            gss_code: gss_code.to_owned(),
            name: Some(name.to_owned()),
            shape: Rect::new((west, 51.0), (west + 0.01, 51.01)).to_polygon().into(),
        };
        let outlines = vec![square("E1", "West", -1.01), square("E2", "East", -1.0)];
        Areas::new(AreasAbout::default(), outlines)
    }

    #[test]
    fn a_point_far_from_the_border_has_no_neighbour() {
        let areas = squares();
        let found = areas.locate(at(-1.005, 51.005)).unwrap();
        assert_eq!((found.gss_code, found.name), ("E1", Some("West")));
        assert_eq!(found.method, Method::PointInPolygon);
        assert_eq!(found.neighbours, []);
    }

    #[test]
    fn near_a_border_the_other_side_is_named_with_its_distance() {
        let areas = squares();
        let found = areas.locate(at(-0.998, 51.005)).unwrap();
        assert_eq!(found.gss_code, "E2");
        assert_eq!(found.neighbours.len(), 1);
        assert_eq!(found.neighbours[0].gss_code, "E1");
        // 0.002 degrees of longitude at 51 degrees north are 140 m.
        assert!((found.neighbours[0].distance_m - 140.0).abs() <= 1.0);
    }

    #[test]
    fn a_point_outside_every_outline_has_no_constituency() {
        let areas = squares();
        assert_eq!(areas.locate(at(-0.98, 51.005)), None);
    }
}
