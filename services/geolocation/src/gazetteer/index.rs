//! Places by name (complete, partial or misspelt) and by position.

use std::collections::BTreeMap;

use anyhow::Context as _;
use fst::automaton::{Automaton as _, Str};
use fst::{IntoStreamer as _, Map, Streamer as _};
use levenshtein_automata::{Distance, LevenshteinAutomatonBuilder};
use rstar::{RTree, primitives::GeomWithData};

use super::domain::{Contents, Place};
use super::text::normalise;

/// Most names that one look-up visits; some five thousand places of Britain start with the same letter.
const MAX_NAMES: usize = 10_000;
/// Longest name that is searched for with mistakes, in letters; the longest of Britain has 58.
const MAX_MISSPELT: usize = 60;
/// Mean radius of the Earth, metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A place by one of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub(super) place: u32,
    /// Whether it is the first of the place's names.
    pub(super) first: bool,
}

/// A name that was found.
#[derive(Debug)]
pub(super) struct Match<'a> {
    pub(super) name: String,
    /// Number of wrong letters.
    pub(super) mistakes: u8,
    pub(super) places: &'a [Named],
}

pub(super) struct Index {
    names: Map<Vec<u8>>,
    places_of_name: Vec<Vec<Named>>,
    one_mistake: LevenshteinAutomatonBuilder,
    two_mistakes: LevenshteinAutomatonBuilder,
    points: RTree<GeomWithData<[f64; 3], u32>>,
}

impl Index {
    pub(super) fn new(contents: &Contents) -> anyhow::Result<Self> {
        let mut names: BTreeMap<String, Vec<Named>> = BTreeMap::new();
        let mut points = Vec::with_capacity(contents.places.len());
        for (number, place) in (0..).zip(&contents.places) {
            for (first, name) in all_names(place) {
                let places = names.entry(normalise(name)).or_default();
                if places.iter().all(|known| known.place != number) {
                    places.push(Named { place: number, first });
                }
            }
            points.push(GeomWithData::new(on_sphere(place.longitude, place.latitude), number));
        }
        names.remove("");
        let numbered = (0..).zip(names.keys()).map(|(number, name)| (name.as_str(), number));
        let map = Map::from_iter(numbered).context("failed to index the names")?;
        Ok(Self {
            names: map,
            places_of_name: names.into_values().collect(),
            one_mistake: LevenshteinAutomatonBuilder::new(1, true),
            two_mistakes: LevenshteinAutomatonBuilder::new(2, true),
            points: RTree::bulk_load(points),
        })
    }

    /// The places with exactly this name.
    pub(super) fn exact(&self, name: &str) -> &[Named] {
        self.names.get(name).map(|number| self.places(number)).unwrap_or_default()
    }

    /// Names that start with a text, in alphabetical order.
    pub(super) fn starting_with(&self, prefix: &str) -> Vec<Match<'_>> {
        let mut names = self.names.search(Str::new(prefix).starts_with()).into_stream();
        let mut found = Vec::new();
        while let Some((name, number)) = names.next() {
            if found.len() == MAX_NAMES {
                break;
            }
            found.push(self.match_of(name, 0, number));
        }
        found
    }

    /// Names with one or two wrong, missing, superfluous or swapped letters, as many as a word of this length may have;
    /// with `is_prefix`, names that start like this.
    pub(super) fn similar(&self, to: &str, is_prefix: bool) -> Vec<Match<'_>> {
        let builder = match to.chars().count() {
            4..=7 => &self.one_mistake,
            8..=MAX_MISSPELT => &self.two_mistakes,
            _ => return Vec::new(),
        };
        let dfa = if is_prefix { builder.build_prefix_dfa(to) } else { builder.build_dfa(to) };
        let mut names = self.names.search(&dfa).into_stream();
        let mut found = Vec::new();
        while let Some((name, number)) = names.next() {
            let Distance::Exact(mistakes) = dfa.eval(name) else { continue };
            if found.len() == MAX_NAMES {
                break;
            }
            found.push(self.match_of(name, mistakes, number));
        }
        found
    }

    /// Places by distance, with the distance in metres.
    pub(super) fn near(&self, longitude: f64, latitude: f64) -> impl Iterator<Item = (u32, f64)> {
        let nearest =
            self.points.nearest_neighbor_iter_with_distance_2(&on_sphere(longitude, latitude));
        nearest.map(|(point, squared)| (point.data, arc_m(squared)))
    }

    fn match_of(&self, name: &[u8], mistakes: u8, number: u64) -> Match<'_> {
        let name = String::from_utf8_lossy(name).into_owned();
        Match { name, mistakes, places: self.places(number) }
    }

    fn places(&self, number: u64) -> &[Named] {
        let of_name = usize::try_from(number).ok().and_then(|at| self.places_of_name.get(at));
        of_name.map(Vec::as_slice).unwrap_or_default()
    }
}

/// Metres between two points in degrees.
pub(super) fn distance_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (a, b) = (on_sphere(from.0, from.1), on_sphere(to.0, to.1));
    let squared: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    arc_m(squared)
}

/// Metres along the surface, from the squared straight distance on a sphere of radius 1.
fn arc_m(squared: f64) -> f64 {
    2.0 * EARTH_RADIUS_M * (squared.sqrt() / 2.0).min(1.0).asin()
}

fn all_names(place: &Place) -> impl Iterator<Item = (bool, &str)> {
    let others = place.other_names.iter().map(|name| (false, name.as_str()));
    std::iter::once((true, place.name.as_str())).chain(others)
}

/// A point on a sphere of radius 1, where what is near in space is near on the ground, even at the poles and the date line.
fn on_sphere(longitude: f64, latitude: f64) -> [f64; 3] {
    let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
    let from_axis = latitude.cos();
    [from_axis * longitude.cos(), from_axis * longitude.sin(), latitude.sin()]
}
