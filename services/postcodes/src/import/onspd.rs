//! The ONS Postcode Directory and its look-up edition as CSV, quoted or not, of any vintage.
//!
//! Columns are found by the stem of their heading and two digits of vintage, because both the order and the digits change
//! between releases. A file without a required column is an error.

use std::path::Path;

use anyhow::{bail, ensure};
use contracts::values::postcode::Postcode;

use super::{
    progress::Progress,
    table::{First, Row as Cells, Table, find},
};
use crate::dataset::{
    builder::{Builder, Row},
    image::Month,
    kind::Kind,
};

/// Latitude that means "no position".
const NO_LATITUDE: f64 = 99.0;
/// If more than one in this many rows is not a postcode, the file is not a postcode directory.
const ONE_IN: u32 = 100;
const POSTCODE: &[&str] = &["pcds", "pcd7", "pcd8", "pcd", "pcd2"];
const EASTING: &[&str] = &["east1m", "oseast1m"];
const NORTHING: &[&str] = &["north1m", "osnrth1m"];
const LATITUDE: &[&str] = &["lat"];
const LONGITUDE: &[&str] = &["long"];
const QUALITY: &[&str] = &["gridind", "osgrdind"];
const INTRODUCED: &[&str] = &["dointr"];
const TERMINATED: &[&str] = &["doterm"];

/// Summary of the files.
#[derive(Default)]
pub(super) struct Summary {
    /// Rows without the form of a postcode.
    pub(super) skipped: u32,
    /// Headings of columns that are not read.
    pub(super) unread: Vec<String>,
    pub(super) kinds: Vec<Kind>,
}

/// The number of each column that is read.
struct Columns {
    postcode: usize,
    easting: usize,
    northing: usize,
    latitude: usize,
    longitude: usize,
    terminated: usize,
    introduced: Option<usize>,
    quality: Option<usize>,
    areas: Vec<(Kind, usize)>,
}

/// Reads the files of one directory.
pub(super) fn read(
    files: &[(impl AsRef<Path>, u64)],
    builder: &mut Builder,
    progress: &mut Progress<'_>,
) -> anyhow::Result<Summary> {
    let total = files.iter().map(|(_, bytes)| bytes).sum();
    let (mut found, mut rows, mut before) = (Summary::default(), 0_u32, 0);
    for (file, bytes) in files {
        let table = Table::open(file.as_ref(), First::Headings)?;
        let columns = Columns::find(table.headings()).map_err(|error| {
            error.context(format!("failed to read {}", file.as_ref().display()))
        })?;
        found.unread = columns.unread(table.headings());
        found.kinds = columns.areas.iter().map(|(kind, _)| *kind).collect();
        table.each(before, total, progress, |cells| {
            rows += 1;
            found.skipped += u32::from(!columns.push(cells, builder)?);
            if found.skipped > 1 + rows / ONE_IN && rows > ONE_IN {
                let skipped = found.skipped;
                bail!(cells.error(columns.postcode, format_args!(
                    "is not a postcode, like {skipped} of {rows} rows so far: this is not a postcode directory"
                )));
            }
            Ok(())
        })?;
        before += bytes;
    }
    Ok(found)
}

/// Adds the constituencies of 2010 from an older directory to the existing postcodes. Returns the number of postcodes that
/// exist and that do not.
pub(super) fn overlay_2010(
    files: &[(impl AsRef<Path>, u64)],
    builder: &mut Builder,
    progress: &mut Progress<'_>,
) -> anyhow::Result<(u32, u32)> {
    let total = files.iter().map(|(_, bytes)| bytes).sum();
    let (mut matched, mut unknown, mut before) = (0, 0, 0);
    for (file, bytes) in files {
        let table = Table::open(file.as_ref(), First::Headings)?;
        let columns = [POSTCODE, Kind::Constituency.headings()];
        let [Some(postcode), Some(code)] = columns.map(|of| find(table.headings(), of)) else {
            bail!("{} has no column pcon", file.as_ref().display());
        };
        table.each(before, total, progress, |cells| {
            let Ok(postcode) = Postcode::parse(cells.text(postcode)?) else { return Ok(()) };
            let constituency = cells.text(code)?;
            if is_2024(constituency) {
                bail!(
                    cells.error(code, "is a constituency of 2024: an older directory is required")
                );
            }
            let there = builder.overlay(postcode, Kind::Constituency2010, constituency);
            matched += u32::from(there);
            unknown += u32::from(!there);
            Ok(())
        })?;
        before += bytes;
    }
    ensure!(matched > 0, "no postcode of the older directory is in the newer one");
    Ok((matched, unknown))
}

impl Columns {
    fn find(headings: &[String]) -> anyhow::Result<Self> {
        let needed = [
            POSTCODE,
            EASTING,
            NORTHING,
            LATITUDE,
            LONGITUDE,
            TERMINATED,
            Kind::District.headings(),
            Kind::Constituency.headings(),
        ];
        let found = needed.map(|patterns| find(headings, patterns));
        let lacking: Vec<&str> = needed
            .iter()
            .zip(found)
            .filter(|(_, found)| found.is_none())
            .filter_map(|(patterns, _)| patterns.first().copied())
            .collect();
        let [
            Some(postcode),
            Some(easting),
            Some(northing),
            Some(latitude),
            Some(longitude),
            Some(terminated),
            Some(_),
            Some(_),
        ] = found
        else {
            bail!(
                "this is not an ONS postcode directory: it has no columns {}",
                lacking.join(", ")
            );
        };
        let column = |kind: Kind| Some((kind, find(headings, kind.headings())?));
        Ok(Self {
            postcode,
            easting,
            northing,
            latitude,
            longitude,
            terminated,
            introduced: find(headings, INTRODUCED),
            quality: find(headings, QUALITY),
            areas: Kind::ALL.into_iter().filter_map(column).collect(),
        })
    }

    /// Adds a row; false if the code does not have the form of a postcode.
    fn push(&self, cells: &Cells<'_>, builder: &mut Builder) -> anyhow::Result<bool> {
        let Ok(postcode) = Postcode::parse(cells.text(self.postcode)?) else { return Ok(false) };
        let metres = |column| cells.parsed(column, "whole metres", |text| text.parse::<u32>().ok());
        let degrees = |column, most| {
            let parse = |text: &str| text.parse().ok().filter(|degrees| f64::abs(*degrees) <= most);
            cells.parsed(column, "degrees", parse)
        };
        let month = |column| cells.parsed(column, "a month, YYYYMM", Month::parse);
        let quality = |text: &str| text.parse::<u32>().ok().filter(|quality| *quality <= 9);
        let mut areas = Vec::with_capacity(Kind::ALL.len());
        for (kind, column) in &self.areas {
            areas.push((*kind, cells.text(*column)?));
        }
        let position = degrees(self.longitude, 180.0)?.zip(degrees(self.latitude, 100.0)?);
        builder.push(&Row {
            postcode,
            grid: metres(self.easting)?.zip(metres(self.northing)?),
            degrees: position.filter(|(_, latitude)| *latitude < NO_LATITUDE),
            quality: match self.quality {
                Some(column) => cells.parsed(column, "a quality of 1 to 9", quality)?,
                None => None,
            },
            introduced: self.introduced.map(month).transpose()?.flatten(),
            terminated: month(self.terminated)?,
            areas: &areas,
        });
        Ok(true)
    }

    fn unread(&self, headings: &[String]) -> Vec<String> {
        let read = [
            self.postcode,
            self.easting,
            self.northing,
            self.latitude,
            self.longitude,
            self.terminated,
        ];
        let is_read = |column: &usize| {
            read.contains(column)
                || [self.introduced, self.quality].contains(&Some(*column))
                || self.areas.iter().any(|(_, of)| of == column)
        };
        let unread = headings.iter().enumerate().filter(|(column, _)| !is_read(column));
        unread.map(|(_, heading)| heading.clone()).collect()
    }
}

/// The set of boundaries that constituency codes belong to.
pub(super) fn generation<'a>(mut codes: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let first = codes.next()?;
    Some(if is_2024(first) || codes.any(is_2024) { "2024" } else { "2010" })
}

/// The first codes of the constituencies of 2024.
fn is_2024(code: &str) -> bool {
    const FIRST: [&str; 4] = ["E14001063", "N05000001", "S14000060", "W07000081"];
    FIRST.iter().any(|first| code.get(..3) == first.get(..3) && code >= *first)
}

#[cfg(test)]
mod tests {
    use super::{Columns, generation};

    #[test]
    fn a_file_that_lacks_a_needed_column_is_refused_by_the_name_of_the_column() {
        let headings = ["pcds", "doterm", "lat", "long", "oseast1m", "lad25cd", "pcon"];
        let headings = headings.map(str::to_owned);
        let refusal = Columns::find(&headings).err().unwrap().to_string();
        assert!(refusal.contains("north1m") && !refusal.contains("east1m"), "{refusal}");
    }

    #[test]
    fn the_generation_follows_the_codes() {
        assert_eq!(generation(["E14000960"].into_iter()), Some("2010"));
        assert_eq!(generation(["S14000021", "E14001419"].into_iter()), Some("2024"));
        assert_eq!(generation(std::iter::empty()), None);
    }
}
