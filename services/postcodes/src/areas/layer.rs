//! One set of areas: a kind, a generation, when it is in force, and the indexed boundaries.

use chrono::NaiveDate;
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};
use serde::{Deserialize, Serialize};

use crate::geometry::{
    bounds::Bounds,
    micro::{MICRO, metres_per_degree, micro},
    position::Position,
    shape::Shape,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerAbout {
    /// `constituency`, `ward`, `district`, …: snake case, open-ended.
    pub kind: String,
    /// Set of boundaries: the year they came into force, or the vintage they were published with.
    pub generation: Option<String>,
    /// First day in force; none if not known.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last day in force; none while it is, or if not known.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    pub name: Option<String>,
    pub licence: Option<String>,
    pub attribution: Option<String>,
    /// Whether the boundaries are only good for trying out.
    #[serde(default)]
    pub rough: bool,
    /// How far the boundaries may be from the legal border, metres; none if not known.
    #[serde(default)]
    pub accuracy_m: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Area {
    pub gss_code: String,
    pub name: Option<String>,
    pub name_welsh: Option<String>,
    pub shape: Option<Shape>,
}

/// A set of areas, in the order of their codes.
pub struct Layer {
    about: LayerAbout,
    areas: Vec<Area>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

impl LayerAbout {
    /// Whether it is in force on a day, as far as known.
    pub fn is_in_force(&self, on: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= on) && self.valid_to.is_none_or(|to| on <= to)
    }
}

impl Layer {
    /// Sorts and indexes areas.
    pub fn new(about: LayerAbout, mut areas: Vec<Area>) -> Self {
        areas.sort_by(|one, other| one.gss_code.cmp(&other.gss_code));
        let boxes = areas.iter().enumerate().filter_map(|(number, area)| {
            let [west, south, east, north] = area.shape.as_ref()?.bounds().degrees();
            Some(GeomWithData::new(Rectangle::from_corners([west, south], [east, north]), number))
        });
        let tree = RTree::bulk_load(boxes.collect());
        Self { about, areas, tree }
    }

    pub fn about(&self) -> &LayerAbout {
        &self.about
    }

    /// All areas, in the order of their codes.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    pub fn find(&self, gss_code: &str) -> Option<&Area> {
        self.areas.get(self.number(gss_code)?)
    }

    /// The number of the area of a code.
    pub fn number(&self, gss_code: &str) -> Option<usize> {
        self.areas.binary_search_by(|area| area.gss_code.as_str().cmp(gss_code)).ok()
    }

    /// The area that contains a position.
    pub fn locate(&self, at: Position) -> Option<&Area> {
        let at = micro(at);
        let around = AABB::from_point(at.map(|axis| f64::from(axis) / MICRO));
        self.tree
            .locate_in_envelope_intersecting(&around)
            .filter_map(|found| self.areas.get(found.data))
            .find(|area| area.shape.as_ref().is_some_and(|shape| shape.contains(at)))
    }

    /// Areas with a border within a distance of a position, nearest first, with the distances in metres.
    pub fn near(&self, from: Position, reach_m: f64) -> Vec<(&Area, f64)> {
        let [east, north] = metres_per_degree(from.latitude).map(|metres| reach_m / metres);
        let corner = |sign: f64| Position {
            longitude: from.longitude + sign * east,
            latitude: from.latitude + sign * north,
        };
        let around = Bounds { low: micro(corner(-1.0)), high: micro(corner(1.0)) };
        let within = self.touching(&around).filter_map(|area| {
            let distance_m = area.shape.as_ref()?.border_within(from, reach_m)?;
            Some((area, distance_m))
        });
        let mut near: Vec<(&Area, f64)> = within.collect();
        near.sort_by(|one, other| {
            one.1.total_cmp(&other.1).then_with(|| one.0.gss_code.cmp(&other.0.gss_code))
        });
        near
    }

    /// Areas whose bounding boxes touch a box, in no particular order.
    pub fn touching(&self, bounds: &Bounds) -> impl Iterator<Item = &Area> {
        let [west, south, east, north] = bounds.degrees();
        self.tree
            .locate_in_envelope_intersecting(&AABB::from_corners([west, south], [east, north]))
            .filter_map(|found| self.areas.get(found.data))
    }
}
