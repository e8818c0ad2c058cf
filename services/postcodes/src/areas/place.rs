//! All areas of a postcode or a point, of every kind and generation, and whether its addresses may be in different ones.

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    columns,
    domain::{Areas, Method, Neighbour, neighbours},
    layer::{Area, Layer, LayerAbout},
};
use crate::{
    dataset::image::{self, Entry},
    geometry::position::Position,
};

/// Which areas are requested.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kind: Option<String>,
    pub generation: Option<String>,
    /// Only areas in force on this day, as far as known.
    pub as_of: Option<NaiveDate>,
}

/// An area of a place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceArea<'a> {
    pub gss_code: &'a str,
    pub name: Option<&'a str>,
    pub name_welsh: Option<&'a str>,
    pub kind: String,
    pub generation: Option<String>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub method: Method,
    /// Whether the boundaries are only good for trying out.
    pub rough: bool,
    /// Other areas of the set with a border within 250 m, nearest first; none without boundaries.
    pub neighbours: Option<Vec<Neighbour<'a>>>,
    pub split: Split,
    /// The areas that an address may be in, this one first; empty unless `split` is possible.
    pub candidates: Vec<Neighbour<'a>>,
}

/// Whether the addresses of a postcode may be in more than one area of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    No,
    /// There is no position or no boundary.
    Unknown,
    /// A border is within reach, or the directory and the boundary disagree: an address must decide.
    Possible,
}

impl Filter {
    /// Whether a set of areas is requested.
    pub fn matches(&self, about: &LayerAbout) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == about.kind)
            && (self.generation.is_none() || self.generation == about.generation)
            && self.as_of.is_none_or(|day| about.is_in_force(day))
    }
}

/// All areas of a postcode: those in the directory, then those of the other layers.
pub fn of_postcode<'a>(areas: &'a Areas, entry: &Entry<'a>, filter: &Filter) -> Vec<PlaceArea<'a>> {
    let mut found = Vec::new();
    let mut is_done = vec![false; areas.layers().len()];
    let reach_m = reach_m(entry.quality());
    for column in columns::all() {
        let Some(named) = entry.area(column.of) else { continue };
        let number = column.layer(entry.dataset(), areas, named.code);
        if let Some(done) = number.and_then(|number| is_done.get_mut(number)) {
            *done = true;
        }
        let layer = number.and_then(|number| areas.layers().get(number));
        let about =
            layer.map_or_else(|| column.about(entry.dataset()), |layer| layer.about().clone());
        if filter.matches(&about) {
            found.push(named_area(&about, named, layer, entry.position(), reach_m));
        }
    }
    let Some(position) = entry.position() else { return found };
    let others = areas.layers().iter().zip(is_done).filter(|(_, is_done)| !is_done);
    let others = others.map(|(layer, _)| layer).filter(|layer| filter.matches(layer.about()));
    found.extend(others.filter_map(|layer| by_boundary(layer, position, reach_m)));
    found
}

/// All areas that contain a point. A point is never split, however near a border is.
pub fn of_point<'a>(areas: &'a Areas, at: Position, filter: &Filter) -> Vec<PlaceArea<'a>> {
    let layers = areas.layers().iter().filter(|layer| filter.matches(layer.about()));
    layers.filter_map(|layer| by_boundary(layer, at, 0.0)).collect()
}

/// How far from its position the addresses of a postcode may be, in metres, by positional quality. The directory's
/// definitions: 1 and 2 are a building near the mean of the addresses, 3 is within 50 m of it, 4 and 5 are means, 6 is the
/// mean of a whole sector. A postcode has about 15 addresses, within about 100 m in most streets.
pub fn reach_m(quality: Option<u32>) -> f64 {
    match quality {
        Some(1 | 2) => 100.0,
        Some(3) => 150.0,
        Some(6..) => 1_000.0,
        _ => 250.0,
    }
}

fn by_boundary(layer: &Layer, at: Position, reach_m: f64) -> Option<PlaceArea<'_>> {
    let area = layer.locate(at)?;
    let mut place = place(layer.about(), &area.gss_code, Method::PointInPolygon);
    set_names(&mut place, area);
    assess_split(&mut place, layer, at, Some(area), reach_m);
    Some(place)
}

fn named_area<'a>(
    about: &LayerAbout,
    named: image::Area<'a>,
    layer: Option<&'a Layer>,
    position: Option<Position>,
    reach_m: f64,
) -> PlaceArea<'a> {
    let mut place = place(about, named.code, Method::Column);
    if let Some(area) = layer.and_then(|layer| layer.find(named.code)) {
        set_names(&mut place, area);
    }
    place.name = named.name.or(place.name);
    if let (Some(layer), Some(at)) = (layer, position) {
        assess_split(&mut place, layer, at, layer.locate(at), reach_m);
    }
    place
}

fn place<'a>(about: &LayerAbout, gss_code: &'a str, method: Method) -> PlaceArea<'a> {
    PlaceArea {
        gss_code,
        name: None,
        name_welsh: None,
        kind: about.kind.clone(),
        generation: about.generation.clone(),
        valid_from: about.valid_from,
        valid_to: about.valid_to,
        method,
        rough: about.rough,
        neighbours: None,
        split: Split::Unknown,
        candidates: Vec::new(),
    }
}

fn set_names<'a>(place: &mut PlaceArea<'a>, area: &'a Area) {
    (place.name, place.name_welsh) = (area.name.as_deref(), area.name_welsh.as_deref());
}

/// Sets the neighbours, and the other areas that an address may be in: those within reach of the addresses (farther for less
/// accurate boundaries), and the one that the boundary gives if it differs from the directory's.
fn assess_split<'a>(
    place: &mut PlaceArea<'a>,
    layer: &'a Layer,
    at: Position,
    located: Option<&'a Area>,
    reach_m: f64,
) {
    place.neighbours = Some(neighbours(layer, at, place.gss_code));
    let inaccuracy_m =
        if reach_m > 0.0 { f64::from(layer.about().accuracy_m.unwrap_or(0)) } else { 0.0 };
    let own = place.gss_code;
    let other = located.filter(|area| area.gss_code != own);
    let mut others: Vec<_> = other.map(|area| Neighbour::new(area, 0.0)).into_iter().collect();
    let near = if reach_m > 0.0 { layer.near(at, reach_m + inaccuracy_m) } else { Vec::new() };
    let near = near.into_iter().filter(|(area, _)| {
        area.gss_code != own && other.is_none_or(|other| other.gss_code != area.gss_code)
    });
    others.extend(near.map(|(area, distance_m)| Neighbour::new(area, distance_m)));
    place.split = if others.is_empty() { Split::No } else { Split::Possible };
    if !others.is_empty() {
        let this = Neighbour { gss_code: own, name: place.name, distance_m: 0.0 };
        place.candidates = std::iter::once(this).chain(others).collect();
    }
}
