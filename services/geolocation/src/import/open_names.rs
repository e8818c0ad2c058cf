//! Populated places of OS Open Names: a folder of CSV files without headings, 34 columns, the first with a byte order mark,
//! coordinates in decimal metres of the British grid.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use csv::{ReaderBuilder, StringRecord};

use super::{Step, areas::Areas, grid::BritishGrid};
use crate::gazetteer::domain::{About, Contents, Kind, Place};

const COLUMNS: usize = 34;
// Columns of the product guide, from 0.
const ID: usize = 0;
const NAME_1: usize = 2;
const NAME_2: usize = 4;
const TYPE: usize = 6;
const LOCAL_TYPE: usize = 7;
const X: usize = 8;
const Y: usize = 9;
const BOUNDS: [usize; 4] = [12, 13, 14, 15];
const POSTCODE_DISTRICT: usize = 16;
const DISTRICT_BOROUGH: usize = 21;
const COUNTY_UNITARY: usize = 24;
const REGION: usize = 27;
const COUNTRY: usize = 29;

/// Reads the folder; the second part is how many rows are about something else.
pub(super) fn read(
    folder: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<(Contents, usize)> {
    let files = files(folder)?;
    let total = u64::try_from(files.len())?;
    let mut reading = Reading {
        grid: BritishGrid::new()?,
        areas: Areas::default(),
        places: Vec::new(),
        skipped: 0,
    };
    for (done, file) in (0..).zip(&files) {
        progress(Step { what: "reading OS Open Names", done, total });
        reading.file(file)?;
    }
    // Tiles overlap at their edges.
    reading.places.sort_by(|one, other| one.id.cmp(&other.id));
    reading.places.dedup_by(|one, other| one.id == other.id);
    let about = About {
        name: "OS Open Names, populated places".to_owned(),
        version: version(folder),
        licence: "OGL-UK-3.0".to_owned(),
        attribution: "Contains OS data © Crown copyright and database right.".to_owned(),
        source: "os_open_names".to_owned(),
    };
    let Reading { areas, places, skipped, .. } = reading;
    Ok((Contents { about, areas: areas.names(), places }, skipped))
}

/// The CSV files of the folder, or of `Data` in it, as the archive is unpacked.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let inner = [folder.join("Data"), folder.join("DATA")].into_iter().find(|it| it.is_dir());
    let folder = inner.unwrap_or_else(|| folder.to_owned());
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("cannot list the folder {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv")) {
            files.push(path);
        }
    }
    ensure!(!files.is_empty(), "{} has no CSV files", folder.display());
    files.sort();
    Ok(files)
}

/// The folder's name, such as `opname_csv_gb-2026-10`: the files say nothing of their date.
fn version(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

struct Reading {
    grid: BritishGrid,
    areas: Areas,
    places: Vec<Place>,
    skipped: usize,
}

impl Reading {
    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_path(path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let mut row = StringRecord::new();
        let told = || format!("failed to read {}", path.display());
        while reader.read_record(&mut row).with_context(told)? {
            let line = row.position().map_or(0, csv::Position::line);
            self.row(&row).with_context(|| format!("{}, line {line}", path.display()))?;
        }
        Ok(())
    }

    fn row(&mut self, row: &StringRecord) -> anyhow::Result<()> {
        if row.len() != COLUMNS {
            bail!("there are {} columns, OS Open Names has {COLUMNS}", row.len());
        }
        let cell = |column: usize| row.get(column).unwrap_or_default().trim();
        let kind =
            Kind::of_open_names(cell(LOCAL_TYPE)).filter(|_kind| cell(TYPE) == "populatedPlace");
        let Some(kind) = kind else {
            self.skipped += 1;
            return Ok(());
        };
        let metres = |column: usize| {
            cell(column).parse::<f64>().with_context(|| format!("column {}: no number", column + 1))
        };
        let Some((longitude, latitude)) = self.grid.degrees(metres(X)?, metres(Y)?) else {
            bail!("columns {} and {}: outside of the British grid", X + 1, Y + 1);
        };
        let outcode = cell(POSTCODE_DISTRICT);
        self.places.push(Place {
            id: cell(ID).trim_start_matches('\u{feff}').to_owned(),
            name: cell(NAME_1).to_owned(),
            other_names: [cell(NAME_2)]
                .iter()
                .filter(|it| !it.is_empty())
                .map(|&it| it.to_owned())
                .collect(),
            kind,
            longitude,
            latitude,
            bounds: self.bounds(BOUNDS.map(|column| cell(column).parse().ok())),
            population: 0,
            outcode: (!outcode.is_empty()).then(|| outcode.to_owned()),
            district: self.areas.number(cell(DISTRICT_BOROUGH)),
            county: self.areas.number(cell(COUNTY_UNITARY)),
            region: self.areas.number(cell(REGION)),
            country: self.areas.number(cell(COUNTRY)),
        });
        Ok(())
    }

    /// The box in degrees; rows without one have empty cells.
    fn bounds(&self, metres: [Option<f64>; 4]) -> Option<[f64; 4]> {
        let [Some(west), Some(south), Some(east), Some(north)] = metres else { return None };
        let (west, south) = self.grid.degrees(west, south)?;
        let (east, north) = self.grid.degrees(east, north)?;
        Some([west, south, east, north])
    }
}
