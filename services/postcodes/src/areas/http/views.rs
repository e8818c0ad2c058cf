//! The JSON of areas.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    areas::{area_in_set::AreaInSet, lookup::Lookup, relations::Child},
    dataset::image::Entry,
    geometry::{position::Position, shape::Shape},
};

/// An area in a list.
#[derive(Debug, Serialize)]
pub(super) struct AreaView {
    pub gss_code: String,
    pub name: Option<String>,
    pub name_welsh: Option<String>,
    pub kind: String,
    pub generation: Option<String>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub has_outline: bool,
    /// Whether the boundary is only good for trying out.
    pub rough: bool,
}

/// An area within another.
#[derive(Debug, Serialize)]
pub(super) struct ChildView {
    #[serde(flatten)]
    pub area: AreaView,
    pub postcodes: Option<usize>,
    pub postcodes_total: Option<usize>,
}

/// An area with all sets that contain it.
#[derive(Debug, Serialize)]
pub(super) struct AreaDetail {
    pub gss_code: String,
    pub name: Option<String>,
    pub name_welsh: Option<String>,
    pub kind: String,
    /// West, south, east, north in degrees.
    pub bbox: Option<[f64; 4]>,
    pub centre: Option<Point>,
    /// Live postcodes; none if there is neither a column nor a boundary.
    pub postcodes: Option<usize>,
    pub generations: Vec<GenerationView>,
}

/// A set that contains an area.
#[derive(Debug, Serialize)]
pub(super) struct GenerationView {
    pub kind: String,
    pub generation: Option<String>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub outline: Option<Outline>,
}

/// Details of a boundary.
#[derive(Debug, Serialize)]
pub(super) struct Outline {
    pub points: usize,
    /// How far it may be from the legal border, metres.
    pub accuracy_m: Option<u32>,
    pub rough: bool,
    pub licence: Option<String>,
    pub attribution: Option<String>,
}

/// A position in degrees.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Point {
    pub longitude: f64,
    pub latitude: f64,
}

/// A live postcode with its position.
#[derive(Debug, Serialize)]
pub(crate) struct PostcodeView {
    pub postcode: String,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
}

impl AreaView {
    pub(super) fn of(known: &AreaInSet<'_>) -> Self {
        let about = &known.about;
        Self {
            gss_code: known.gss_code.to_owned(),
            name: known.name.map(str::to_owned),
            name_welsh: known.name_welsh.map(str::to_owned),
            kind: about.kind.clone(),
            generation: about.generation.clone(),
            valid_from: about.valid_from,
            valid_to: about.valid_to,
            has_outline: known.shape.is_some(),
            rough: about.rough,
        }
    }
}

impl ChildView {
    pub(super) fn of(child: &Child<'_>) -> Self {
        Self {
            area: AreaView::of(&child.area),
            postcodes: child.postcodes,
            postcodes_total: child.postcodes_total,
        }
    }
}

impl AreaDetail {
    /// Combines all sets that contain a code; none if there are none.
    pub(super) fn of(sets: &[AreaInSet<'_>], lookup: Lookup<'_>) -> Option<Self> {
        let first = sets.first()?;
        let text = |of: fn(&AreaInSet<'_>) -> Option<String>| sets.iter().find_map(of);
        let shape = sets.iter().find_map(|known| known.shape);
        let extent = sets.iter().find_map(|known| known.extent(lookup));
        Some(Self {
            gss_code: first.gss_code.to_owned(),
            name: text(|known| known.name.map(str::to_owned)),
            name_welsh: text(|known| known.name_welsh.map(str::to_owned)),
            kind: first.about.kind.clone(),
            bbox: shape.map(|shape| shape.bounds().degrees()),
            centre: shape.map(Shape::centre).map(Point::from),
            postcodes: extent.map(|extent| lookup.members.count(lookup.dataset, extent)),
            generations: sets.iter().map(GenerationView::of).collect(),
        })
    }
}

impl GenerationView {
    fn of(known: &AreaInSet<'_>) -> Self {
        let about = &known.about;
        Self {
            kind: about.kind.clone(),
            generation: about.generation.clone(),
            valid_from: about.valid_from,
            valid_to: about.valid_to,
            outline: known.shape.map(|shape| Outline {
                points: shape.vertices(),
                accuracy_m: about.accuracy_m,
                rough: about.rough,
                licence: about.licence.clone(),
                attribution: about.attribution.clone(),
            }),
        }
    }
}

impl From<Position> for Point {
    fn from(at: Position) -> Self {
        Self { longitude: at.longitude, latitude: at.latitude }
    }
}

impl PostcodeView {
    pub(crate) fn of(entry: &Entry<'_>) -> Self {
        let position = entry.position();
        Self {
            postcode: entry.postcode().to_string(),
            longitude: position.map(|at| at.longitude),
            latitude: position.map(|at| at.latitude),
        }
    }
}
