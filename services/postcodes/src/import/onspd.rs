//! The ONS Postcode Directory and its look-up edition as CSV, quoted or not, of any vintage.
//!
//! Columns are found by the stem of their heading and two digits of vintage, since both the order
//! and the digits move between releases; a file that lacks a needed one is refused.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};
use csv::StringRecord;

use super::{Report, Step, open_licence};
use crate::dataset::builder::{Builder, Names, Row};
use crate::dataset::format::About;
use crate::dataset::image::Month;
use crate::dataset::kind::Kind;
use crate::postcode::domain::Postcode;

/// Rows between two reports of progress.
const REPORT_EVERY_ROWS: u32 = 50_000;
/// Latitude that stands for "no position".
const NO_LATITUDE: f64 = 99.0;
const POSTCODE: &[&str] = &["pcds", "pcd7", "pcd8", "pcd", "pcd2"];
const EASTING: &[&str] = &["east1m", "oseast1m"];
const NORTHING: &[&str] = &["north1m", "osnrth1m"];
const LATITUDE: &[&str] = &["lat"];
const LONGITUDE: &[&str] = &["long"];
const QUALITY: &[&str] = &["gridind", "osgrdind"];
const INTRODUCED: &[&str] = &["dointr"];
const TERMINATED: &[&str] = &["doterm"];

/// Number of each column that is read.
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

pub(super) fn import(
    csv: &Path,
    names: &Names,
    out: &Path,
    progress: &mut dyn FnMut(Step),
) -> anyhow::Result<Report> {
    let file = File::open(csv).with_context(|| format!("cannot open {}", csv.display()))?;
    let total = file.metadata()?.len();
    let mut reader = csv::Reader::from_reader(file);
    let headings = reader.headers().context("failed to read the headings")?.clone();
    let columns =
        Columns::find(&headings).with_context(|| format!("cannot use {}", csv.display()))?;
    let mut builder = Builder::new()?;
    let (mut skipped, mut row, mut rows) = (0, StringRecord::new(), 0_u32);
    while reader.read_record(&mut row).context("failed to read a row")? {
        if rows.is_multiple_of(REPORT_EVERY_ROWS) {
            progress(Step { what: "reading postcodes", done: reader.position().byte(), total });
        }
        rows += 1;
        skipped += u32::from(!columns.push(&row, &mut builder));
    }
    progress(Step { what: "writing the dataset", done: total, total });
    let (licence, attribution) = open_licence();
    let about = About {
        name: "ONS Postcode Directory".to_owned(),
        version: csv.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        released: None,
        licence,
        attribution,
        postcodes: 0,
        located: 0,
        terminated: Some(0),
        constituency_generation: generation(builder.codes(Kind::Constituency)).map(str::to_owned),
    };
    let has = |kind: &Kind| columns.areas.iter().any(|(found, _)| found == kind);
    let missing = Kind::ALL.into_iter().filter(|kind| !has(kind));
    Ok(Report {
        about: builder.write(about, names, out)?,
        skipped,
        unread: columns.unread(&headings),
        missing: missing.filter_map(|kind| kind.headings().first().copied()).collect(),
    })
}

impl Columns {
    fn find(headings: &StringRecord) -> anyhow::Result<Self> {
        let find = |patterns: &[&str]| {
            let is = |heading: &str, pattern: &str| matches(pattern, heading);
            patterns
                .iter()
                .find_map(|pattern| headings.iter().position(|heading| is(heading, pattern)))
        };
        let needed = [
            POSTCODE,
            EASTING,
            NORTHING,
            LATITUDE,
            LONGITUDE,
            TERMINATED,
            Kind::District.headings(),
        ];
        let found = needed.map(find);
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
        ] = found
        else {
            bail!("this is no ONS postcode directory, it lacks the columns {}", lacking.join(", "));
        };
        let areas =
            Kind::ALL.into_iter().filter_map(|kind| Some((kind, find(kind.headings())?))).collect();
        Ok(Self {
            postcode,
            easting,
            northing,
            latitude,
            longitude,
            terminated,
            introduced: find(INTRODUCED),
            quality: find(QUALITY),
            areas,
        })
    }

    /// Adds a row; false if its code does not have the form of a postcode.
    fn push(&self, row: &StringRecord, builder: &mut Builder) -> bool {
        let cell = |column: usize| row.get(column).unwrap_or_default().trim();
        let number = |column: usize| cell(column).parse::<u32>().ok();
        let degrees = |column: usize| cell(column).parse::<f64>().ok();
        let Ok(postcode) = Postcode::parse(cell(self.postcode)) else { return false };
        let grid = number(self.easting).zip(number(self.northing));
        let position = degrees(self.longitude).zip(degrees(self.latitude));
        let areas: Vec<_> =
            self.areas.iter().map(|(kind, column)| (*kind, cell(*column))).collect();
        builder.push(&Row {
            postcode,
            grid,
            degrees: position.filter(|(_, latitude)| *latitude < NO_LATITUDE),
            quality: self.quality.and_then(number),
            introduced: self.introduced.and_then(|column| Month::parse(cell(column))),
            terminated: Month::parse(cell(self.terminated)),
            areas: &areas,
        });
        true
    }

    fn unread(&self, headings: &StringRecord) -> Vec<String> {
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
        unread.map(|(_, heading)| heading.to_owned()).collect()
    }
}

/// Whether a heading follows a pattern, in which `#` stands for a digit. A byte order mark is not
/// part of the first heading.
fn matches(pattern: &str, heading: &str) -> bool {
    let heading = heading.trim_start_matches('\u{feff}').trim();
    pattern.len() == heading.len()
        && pattern.bytes().zip(heading.bytes()).all(|(expected, found)| match expected {
            b'#' => found.is_ascii_digit(),
            _ => expected == found.to_ascii_lowercase(),
        })
}

/// The set of boundaries that the codes belong to: those of 2024 begin at these numbers.
fn generation<'a>(mut codes: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    const FIRST_OF_2024: [&str; 4] = ["E14001063", "N05000001", "S14000060", "W07000081"];
    let is_2024 = |code: &str| {
        FIRST_OF_2024.iter().any(|first| code.get(..3) == first.get(..3) && code >= *first)
    };
    let first = codes.next()?;
    Some(if is_2024(first) || codes.any(is_2024) { "2024" } else { "2010" })
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::{Columns, generation, matches};

    #[test]
    fn headings_are_found_by_stem_and_any_vintage() {
        assert!(matches("lad##cd", "lad25cd") && matches("lad##cd", "LAD26CD"));
        assert!(matches("pcds", "\u{feff}pcds"));
        assert!(!matches("lad##cd", "ladXXcd") && !matches("lad##cd", "lad25cdx"));
    }

    #[test]
    fn a_file_that_lacks_a_needed_column_is_refused_by_the_name_of_the_column() {
        let headings =
            StringRecord::from(vec!["pcds", "doterm", "lat", "long", "oseast1m", "lad25cd"]);
        let refusal = Columns::find(&headings).err().unwrap().to_string();
        assert!(refusal.contains("north1m"), "{refusal}");
    }

    #[test]
    fn the_generation_follows_the_codes() {
        assert_eq!(generation(["E14000960"].into_iter()), Some("2010"));
        assert_eq!(generation(["S14000021", "E14001419"].into_iter()), Some("2024"));
        assert_eq!(generation(std::iter::empty()), None);
    }
}
