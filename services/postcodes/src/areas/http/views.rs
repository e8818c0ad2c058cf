//! The JSON of areas.

use chrono::NaiveDate;
use contracts::values::postcode::Postcode;
use serde::Serialize;

use crate::{
    areas::{area_in_set::AreaInSet, lookup::Lookup, relations::Child},
    dataset::image::Entry,
    geometry::{position::Position, shape::Shape},
};

/// An area in a list.
#[derive(Debug, Serialize)]
pub struct AreaView {
    gss_code: String,
    name: Option<String>,
    name_welsh: Option<String>,
    kind: String,
    generation: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    has_outline: bool,
    /// Whether the boundary is only good for trying out.
    rough: bool,
}

/// An area within another.
#[derive(Debug, Serialize)]
pub(crate) struct ChildView {
    #[serde(flatten)]
    area: AreaView,
    postcodes: Option<usize>,
    postcodes_total: Option<usize>,
}

/// An area with all sets that contain it.
#[derive(Debug, Serialize)]
pub struct AreaDetailView {
    gss_code: String,
    name: Option<String>,
    name_welsh: Option<String>,
    kind: String,
    /// West, south, east, north in degrees.
    bbox: Option<[f64; 4]>,
    centre: Option<PointView>,
    /// Live postcodes; none if there is neither a column nor a boundary.
    postcodes: Option<usize>,
    generations: Vec<GenerationView>,
}

#[derive(Debug, Serialize)]
struct GenerationView {
    kind: String,
    generation: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    outline: Option<OutlineView>,
}

#[derive(Debug, Serialize)]
struct OutlineView {
    points: usize,
    /// How far it may be from the legal border, metres.
    accuracy_m: Option<u32>,
    rough: bool,
    licence: Option<String>,
    attribution: Option<String>,
}

/// A position in degrees.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct PointView {
    longitude: f64,
    latitude: f64,
}

#[derive(Debug, Serialize)]
pub struct PostcodeView {
    postcode: Postcode,
    longitude: Option<f64>,
    latitude: Option<f64>,
}

impl From<&AreaInSet<'_>> for AreaView {
    fn from(area: &AreaInSet<'_>) -> Self {
        let about = &area.about;
        Self {
            gss_code: area.gss_code.to_owned(),
            name: area.name.map(str::to_owned),
            name_welsh: area.name_welsh.map(str::to_owned),
            kind: about.kind.clone(),
            generation: about.generation.clone(),
            valid_from: about.valid_from,
            valid_to: about.valid_to,
            has_outline: area.shape.is_some(),
            rough: about.rough,
        }
    }
}

impl From<&Child<'_>> for ChildView {
    fn from(child: &Child<'_>) -> Self {
        Self {
            area: AreaView::from(&child.area),
            postcodes: child.postcodes,
            postcodes_total: child.postcodes_total,
        }
    }
}

impl AreaDetailView {
    /// Combines all sets that contain a code; none if there are none.
    pub(super) fn new(sets: &[AreaInSet<'_>], lookup: Lookup<'_>) -> Option<Self> {
        let first = sets.first()?;
        let shape = sets.iter().find_map(|area| area.shape);
        let extent = sets.iter().find_map(|area| area.extent(lookup));
        Some(Self {
            gss_code: first.gss_code.to_owned(),
            name: sets.iter().find_map(|area| area.name).map(str::to_owned),
            name_welsh: sets.iter().find_map(|area| area.name_welsh).map(str::to_owned),
            kind: first.about.kind.clone(),
            bbox: shape.map(|shape| shape.bounds().degrees()),
            centre: shape.map(Shape::centre).map(PointView::from),
            postcodes: extent.map(|extent| lookup.members.count(lookup.dataset, extent)),
            generations: sets.iter().map(GenerationView::from).collect(),
        })
    }
}

impl From<&AreaInSet<'_>> for GenerationView {
    fn from(area: &AreaInSet<'_>) -> Self {
        let about = &area.about;
        Self {
            kind: about.kind.clone(),
            generation: about.generation.clone(),
            valid_from: about.valid_from,
            valid_to: about.valid_to,
            outline: area.shape.map(|shape| OutlineView {
                points: shape.vertices(),
                accuracy_m: about.accuracy_m,
                rough: about.rough,
                licence: about.licence.clone(),
                attribution: about.attribution.clone(),
            }),
        }
    }
}

impl From<Position> for PointView {
    fn from(at: Position) -> Self {
        Self { longitude: at.longitude, latitude: at.latitude }
    }
}

impl From<&Entry<'_>> for PostcodeView {
    fn from(entry: &Entry<'_>) -> Self {
        let position = entry.position();
        Self {
            postcode: entry.postcode(),
            longitude: position.map(|at| at.longitude),
            latitude: position.map(|at| at.latitude),
        }
    }
}
