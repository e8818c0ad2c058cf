//! All layers of areas, and the constituency of a postcode: by the directory's column, otherwise by point in polygon.

use chrono::NaiveDate;
use kit::clock::Clock;
use serde::Serialize;

use super::layer::{Area, Layer};
use crate::{
    dataset::{image::Entry, kind::Kind},
    geometry::position::Position,
};

/// Distance from a border, in metres, within which the area on the other side is reported as a neighbour: the addresses of a
/// postcode may be on both sides.
pub const NEIGHBOUR_M: f64 = 250.0;
/// The kind of the constituencies of the UK Parliament.
pub const CONSTITUENCY: &str = "constituency";

/// All layers. Immutable.
pub struct Areas {
    layers: Vec<Layer>,
    clock: Clock,
}

/// The constituency of a postcode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Constituency<'a> {
    pub gss_code: &'a str,
    pub name: Option<&'a str>,
    pub generation: Option<&'a str>,
    pub method: Method,
}

/// How an area was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By a column of the directory.
    Column,
    /// The position is inside the boundary.
    PointInPolygon,
}

/// An area on the other side of a nearby border.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neighbour<'a> {
    pub gss_code: &'a str,
    pub name: Option<&'a str>,
    /// From the position to the border, metres, rounded.
    pub distance_m: f64,
}

impl Areas {
    /// Sorts layers by kind, the newest of a kind first.
    pub fn new(mut layers: Vec<Layer>) -> Self {
        layers.sort_by(|one, other| {
            let (one, other) = (one.about(), other.about());
            one.kind
                .cmp(&other.kind)
                .then_with(|| other.valid_from.cmp(&one.valid_from))
                .then_with(|| other.generation.cmp(&one.generation))
        });
        Self { layers, clock: Clock::default() }
    }

    /// The same with a clock, which decides what is in force today.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// All layers, by kind, the newest of a kind first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The layer of a kind and generation; without a generation the newest in force today, or the newest of all if none is.
    pub fn layer(&self, kind: &str, generation: Option<&str>) -> Option<&Layer> {
        self.layers.get(self.place(kind, generation)?)
    }

    pub fn place(&self, kind: &str, generation: Option<&str>) -> Option<usize> {
        let all = || self.layers.iter().map(Layer::about);
        if generation.is_some() {
            return all()
                .position(|about| about.kind == kind && about.generation.as_deref() == generation);
        }
        let today = self.today();
        all()
            .position(|about| about.kind == kind && about.is_in_force(today))
            .or_else(|| all().position(|about| about.kind == kind))
    }

    pub fn today(&self) -> NaiveDate {
        self.clock.now().date_naive()
    }

    /// The constituency of a dataset entry, from the column or the boundaries.
    pub fn constituency<'a>(&'a self, entry: &Entry<'a>) -> Option<Constituency<'a>> {
        let column_generation = entry.dataset().about().constituency_generation.as_deref();
        let Some(area) = entry.area(Kind::Constituency) else {
            // In a directory with the column, a postcode without a constituency has none (Crown dependencies).
            let position = entry.position().filter(|_| column_generation.is_none());
            return position.and_then(|position| self.locate(position));
        };
        let name_in_layer = || {
            let layer = self.layer(CONSTITUENCY, column_generation)?;
            layer.find(area.code)?.name.as_deref()
        };
        Some(Constituency {
            gss_code: area.code,
            name: area.name.or_else(name_in_layer),
            generation: column_generation,
            method: Method::Column,
        })
    }

    /// The constituency in force today that contains a position.
    pub fn locate(&self, position: Position) -> Option<Constituency<'_>> {
        let layer = self.layer(CONSTITUENCY, None)?;
        let inside = layer.locate(position)?;
        Some(Constituency {
            gss_code: &inside.gss_code,
            name: inside.name.as_deref(),
            generation: layer.about().generation.as_deref(),
            method: Method::PointInPolygon,
        })
    }

    /// Other constituencies within [`NEIGHBOUR_M`] of a position, nearest first.
    pub fn neighbours_of(&self, own: &Constituency<'_>, position: Position) -> Vec<Neighbour<'_>> {
        let layer = self.layer(CONSTITUENCY, own.generation);
        layer.map_or_else(Vec::new, |layer| neighbours(layer, position, own.gss_code))
    }
}

impl<'a> Neighbour<'a> {
    pub(super) fn new(area: &'a Area, distance_m: f64) -> Self {
        let (gss_code, name) = (&*area.gss_code, area.name.as_deref());
        Self { gss_code, name, distance_m: distance_m.round() }
    }
}

/// Areas of a layer other than a position's own within [`NEIGHBOUR_M`].
pub fn neighbours<'a>(layer: &'a Layer, position: Position, own: &str) -> Vec<Neighbour<'a>> {
    let near = layer.near(position, NEIGHBOUR_M).into_iter();
    near.filter(|(area, _)| area.gss_code != own)
        .map(|(area, distance_m)| Neighbour::new(area, distance_m))
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{Areas, Method};
    use crate::{
        areas::layer::{Area, Layer, LayerAbout},
        geometry::{
            position::Position,
            shape::{Ring, Shape},
        },
    };

    fn at(longitude: f64, latitude: f64) -> Position {
        Position { longitude, latitude }
    }

    fn square(gss_code: &str, name: &str, west: i32) -> Area {
        let (east, south, north) = (west + 10_000, 51_000_000, 51_010_000);
        let points =
            vec![[west, south], [east, south], [east, north], [west, north], [west, south]];
        let shape = Shape::new(vec![Ring { is_outer: true, points, anchors: vec![] }]);
        Area { gss_code: gss_code.to_owned(), name: Some(name.to_owned()), name_welsh: None, shape }
    }

    fn layer(generation: &str, from: i32, to: Option<i32>, areas: Vec<Area>) -> Layer {
        let about = LayerAbout {
            kind: "constituency".to_owned(),
            generation: Some(generation.to_owned()),
            valid_from: NaiveDate::from_ymd_opt(from, 7, 4),
            valid_to: to.and_then(|year| NaiveDate::from_ymd_opt(year, 7, 3)),
            ..LayerAbout::default()
        };
        Layer::new(about, areas)
    }

    /// Two squares of about 1.1 km by 0.7 km that share the meridian -1; a former one that covered both, and a future one.
    fn areas() -> Areas {
        let squares = vec![square("E1", "West", -1_010_000), square("E2", "East", -1_000_000)];
        let now = layer("2024", 2024, None, squares);
        let before = layer("2010", 2010, Some(2024), vec![square("E0", "Both", -1_010_000)]);
        let to_come = layer("2099", 2099, None, vec![square("E9", "New", -1_010_000)]);
        Areas::new(vec![before, now, to_come])
    }

    #[test]
    fn a_point_far_from_the_border_has_no_neighbour() {
        let areas = areas();
        let found = areas.locate(at(-1.005, 51.005)).unwrap();
        assert_eq!((found.gss_code, found.name), ("E1", Some("West")));
        assert_eq!((found.method, found.generation), (Method::PointInPolygon, Some("2024")));
        assert_eq!(areas.neighbours_of(&found, at(-1.005, 51.005)), []);
    }

    #[test]
    fn near_a_border_the_other_side_is_reported_with_its_distance() {
        let areas = areas();
        let found = areas.locate(at(-0.998, 51.005)).unwrap();
        assert_eq!(found.gss_code, "E2");
        let neighbours = areas.neighbours_of(&found, at(-0.998, 51.005));
        assert_eq!(neighbours.len(), 1);
        assert_eq!(neighbours[0].gss_code, "E1");
        // 0.002 degrees of longitude at 51 degrees north are 140 m.
        assert!((neighbours[0].distance_m - 140.0).abs() <= 1.0);
    }

    #[test]
    fn a_point_outside_all_boundaries_has_no_constituency() {
        let areas = areas();
        assert_eq!(areas.locate(at(-0.98, 51.005)), None);
    }

    #[test]
    fn without_a_generation_the_layer_in_force_today_is_meant() {
        let areas = areas();
        let generation = |of: Option<&str>| {
            areas.layer("constituency", of).and_then(|layer| layer.about().generation.clone())
        };
        assert_eq!(generation(None).as_deref(), Some("2024"));
        assert_eq!(generation(Some("2010")).as_deref(), Some("2010"));
        assert_eq!(generation(Some("1997")), None);
        assert!(areas.layer("ward", None).is_none());
    }
}
