//! The populated places of OS Open Names.

use std::path::Path;

use anyhow::Context as _;
use datafile::{
    grid::{Grid, Transformer},
    open_names::{self, PopulatedPlace},
};

use super::{Step, areas::Areas};
use crate::gazetteer::domain::{About, Contents, Kind, Place};

/// Reads the folder; also returns how many rows are about something else.
pub(super) fn read(
    folder: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<(Contents, usize)> {
    let mut import = Import {
        transformer: Transformer::new()?,
        areas: Areas::default(),
        places: Vec::new(),
        unknown: 0,
    };
    let mut report = |done, total| progress(Step { what: "reading OS Open Names", done, total });
    let others = open_names::read(folder, &mut report, |place| import.add(place))?;
    let Import { areas, mut places, unknown, .. } = import;
    // Tiles overlap at their edges.
    places.sort_by(|one, other| one.id.cmp(&other.id));
    places.dedup_by(|one, other| one.id == other.id);
    let about = About {
        name: "OS Open Names, populated places".to_owned(),
        // The files have no date; a folder such as `opname_csv_gb-2026-10` may.
        version: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        licence: "OGL-UK-3.0".to_owned(),
        attribution: "Contains OS data © Crown copyright and database right.".to_owned(),
        source: "os_open_names".to_owned(),
    };
    Ok((Contents { about, areas: areas.names(), places }, others + unknown))
}

struct Import {
    transformer: Transformer,
    areas: Areas,
    places: Vec<Place>,
    /// Places of a type that is not known.
    unknown: usize,
}

impl Import {
    fn add(&mut self, place: &PopulatedPlace<'_>) -> anyhow::Result<()> {
        let Some(kind) = Kind::from_open_names(place.local_type) else {
            self.unknown += 1;
            return Ok(());
        };
        let [easting, northing] = place.position_m()?;
        let (longitude, latitude) = self
            .degrees(easting, northing)
            .context("columns 9 and 10 must be a position on the British grid")?;
        // A place without its box is still found.
        let [west, south, east, north] = place.bounds_m().unwrap_or_default();
        let corners = self.degrees(west, south).zip(self.degrees(east, north));
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.places.push(Place {
            id: place.id.to_owned(),
            name: place.name_1.to_owned(),
            other_names: filled(place.name_2).into_iter().collect(),
            kind,
            longitude,
            latitude,
            bounds: corners.map(|((west, south), (east, north))| [west, south, east, north]),
            population: 0,
            outcode: filled(place.postcode_district),
            district: self.areas.number(place.district_borough),
            county: self.areas.number(place.county_unitary),
            region: self.areas.number(place.region),
            country: self.areas.number(place.country),
        });
        Ok(())
    }

    /// Longitude and latitude, to the seventh decimal.
    fn degrees(&self, easting_m: Option<f64>, northing_m: Option<f64>) -> Option<(f64, f64)> {
        let degrees = self.transformer.degrees(Grid::British, easting_m?, northing_m?)?;
        let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
        Some((rounded(degrees.0), rounded(degrees.1)))
    }
}
