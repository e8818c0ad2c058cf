//! The centroid of each outcode, and the areas of its postcodes.

use std::collections::{BTreeMap, BTreeSet};

use contracts::values::postcode::outcode_text;
use serde::Serialize;

use crate::{
    areas::domain::Areas,
    dataset::{
        image::{Dataset, Entry},
        kind::Kind,
    },
    geometry::{position::Position, sphere},
};

/// The centroids of all outcodes that have live postcodes.
pub(crate) struct Outcodes {
    centres: BTreeMap<u32, Centre>,
}

/// The mean position of an outcode's live postcodes.
#[derive(Clone, Copy, Debug, Default)]
struct Centre {
    position: Option<Position>,
    eastings: Option<f64>,
    northings: Option<f64>,
}

/// An outcode in the JSON shape of postcodes.io.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct OutcodeRecord<'a> {
    pub(crate) outcode: String,
    pub(crate) longitude: Option<f64>,
    pub(crate) latitude: Option<f64>,
    /// Metres, rounded.
    pub(crate) northings: Option<f64>,
    pub(crate) eastings: Option<f64>,
    pub(crate) admin_district: BTreeSet<&'a str>,
    pub(crate) parish: BTreeSet<&'a str>,
    pub(crate) admin_county: BTreeSet<&'a str>,
    pub(crate) admin_ward: BTreeSet<&'a str>,
    pub(crate) country: BTreeSet<&'a str>,
    pub(crate) parliamentary_constituency: BTreeSet<&'a str>,
    /// From the requested position, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) distance: Option<f64>,
}

impl Outcodes {
    pub(crate) fn new(dataset: &Dataset) -> Self {
        let centres = dataset.outcodes().iter().filter_map(|outcode| {
            let live = || dataset.of_outcode(*outcode).filter(Entry::is_live);
            live().next()?;
            Some((*outcode, Centre::new(live())))
        });
        Self { centres: centres.collect() }
    }

    /// An outcode by its number; none without a live postcode.
    pub(crate) fn get<'a>(
        &self,
        dataset: &'a Dataset,
        areas: &'a Areas,
        outcode: u32,
    ) -> Option<OutcodeRecord<'a>> {
        let centre = self.centres.get(&outcode)?;
        let live: Vec<Entry<'a>> = dataset.of_outcode(outcode).filter(Entry::is_live).collect();
        let names = |kind| -> BTreeSet<&'a str> {
            live.iter().filter_map(|entry| entry.published_name(kind)).collect()
        };
        let constituencies = live.iter().filter_map(|entry| areas.constituency(entry)?.name);
        Some(OutcodeRecord {
            outcode: outcode_text(outcode).to_string(),
            longitude: centre.position.map(|at| at.longitude),
            latitude: centre.position.map(|at| at.latitude),
            northings: centre.northings.map(f64::round),
            eastings: centre.eastings.map(f64::round),
            admin_district: names(Kind::District),
            parish: names(Kind::Parish),
            admin_county: names(Kind::County),
            admin_ward: names(Kind::Ward),
            country: names(Kind::Country),
            parliamentary_constituency: constituencies.collect(),
            distance: None,
        })
    }

    pub(crate) fn position(&self, outcode: u32) -> Option<Position> {
        self.centres.get(&outcode)?.position
    }

    /// Outcodes whose text starts with a prefix, in order.
    pub(crate) fn starting_with<'a>(&'a self, text: &'a str) -> impl Iterator<Item = u32> + 'a {
        self.centres.keys().copied().filter(move |number| outcode_text(*number).starts_with(text))
    }

    /// Numbers of the outcodes nearest to a position, with their distances in metres.
    pub(crate) fn nearest(&self, at: Position, limit: usize, radius_m: f64) -> Vec<(u32, f64)> {
        let near = self.centres.iter().filter_map(|(outcode, centre)| {
            Some((*outcode, sphere::distance_m(at, centre.position?)))
        });
        let mut near: Vec<(u32, f64)> = near.filter(|(_, far)| *far <= radius_m).collect();
        near.sort_unstable_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)));
        near.truncate(limit);
        near
    }
}

impl Centre {
    fn new<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Self {
        let (mut degrees, mut metres) = (Mean::default(), Mean::default());
        for entry in entries {
            if let Some(at) = entry.position() {
                degrees.add(at.longitude, at.latitude);
            }
            if let Some(grid) = entry.grid() {
                metres.add(grid.easting_m.into(), grid.northing_m.into());
            }
        }
        let metres = metres.get();
        Self {
            position: degrees.get().map(|(longitude, latitude)| Position { longitude, latitude }),
            eastings: metres.map(|(eastings, _)| eastings),
            northings: metres.map(|(_, northings)| northings),
        }
    }
}

/// The mean of pairs.
#[derive(Default)]
struct Mean {
    sum: (f64, f64),
    count: u32,
}

impl Mean {
    fn add(&mut self, one: f64, other: f64) {
        self.sum = (self.sum.0 + one, self.sum.1 + other);
        self.count += 1;
    }

    fn get(&self) -> Option<(f64, f64)> {
        let count = f64::from(self.count);
        (self.count > 0).then(|| (self.sum.0 / count, self.sum.1 / count))
    }
}
