//! OS Open Names: 34 columns without headings, one CSV file for each tile of 20 km. Only populated places are read.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, ensure};
use csv::{ReaderBuilder, StringRecord};

const COLUMNS: usize = 34;
/// Columns of the product guide, from 0.
const TYPE: usize = 6;
const POSITION: [usize; 2] = [8, 9];
const BOUNDS: [usize; 4] = [12, 13, 14, 15];
const POPULATED: &str = "populatedPlace";
/// Rows between two reports of progress.
const REPORT_EVERY_ROWS: u64 = 10_000;
/// The folder of the unpacked archive that contains the tiles. If no tile is beside it, its name may be in any letter case.
const INNER: [&str; 2] = ["Data", "DATA"];

/// A populated place; an empty text means that the row has none.
#[derive(Clone, Debug, PartialEq)]
pub struct PopulatedPlace<'a> {
    /// Such as `osgb4000000074558362`.
    pub id: &'a str,
    pub name_1: &'a str,
    pub name_1_lang: &'a str,
    pub name_2: &'a str,
    pub name_2_lang: &'a str,
    /// City, Town, Village, Hamlet, Suburban Area, Other Settlement.
    pub local_type: &'a str,
    pub postcode_district: &'a str,
    pub district_borough: &'a str,
    /// The last part of a URI, such as `District`.
    pub district_borough_type: &'a str,
    pub county_unitary: &'a str,
    /// The last part of a URI, such as `UnitaryAuthority`.
    pub county_unitary_type: &'a str,
    pub region: &'a str,
    pub country: &'a str,
    /// Numbers are parsed when they are used, since some rows are not.
    row: &'a StringRecord,
}

/// Reads a tile, a folder of tiles, or the unpacked archive; returns how many rows are not populated places. Reports the bytes
/// that were read, and their total.
pub fn read(
    path: &Path,
    progress: &mut dyn FnMut(u64, u64),
    mut take: impl FnMut(&PopulatedPlace<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let tiles = tiles(path)?;
    let total = tiles.iter().map(|(_, bytes)| bytes).sum();
    let (mut before, mut skipped) = (0, 0);
    for (tile, bytes) in &tiles {
        let mut report = |read| progress(before + read, total);
        skipped += read_tile(tile, &mut report, &mut take)?;
        before += bytes;
    }
    Ok(skipped)
}

fn read_tile(
    path: &Path,
    progress: &mut dyn FnMut(u64),
    take: &mut impl FnMut(&PopulatedPlace<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let file = File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut row = StringRecord::new();
    let mut skipped = 0;
    // The reader's own numbers are wrong in files whose lines end in CR LF.
    for line in 1_u64.. {
        if line % REPORT_EVERY_ROWS == 1 {
            progress(reader.position().byte());
        }
        let place = || format!("{}, line {line}", path.display());
        if !reader.read_record(&mut row).with_context(place)? {
            break;
        }
        let result = PopulatedPlace::from_row(&row).and_then(|found| {
            skipped += usize::from(found.is_none());
            found.map_or(Ok(()), |found| take(&found))
        });
        result.map_err(|error| anyhow!("{}: {error:#}", place()))?;
    }
    Ok(skipped)
}

impl<'a> PopulatedPlace<'a> {
    /// None if the row is about something else.
    fn from_row(row: &'a StringRecord) -> anyhow::Result<Option<Self>> {
        let columns = row.len();
        ensure!(columns == COLUMNS, "has {columns} columns, OS Open Names has {COLUMNS}");
        let text = |column: usize| row.get(column).unwrap_or_default().trim();
        let name_in_uri = |column: usize| text(column).rsplit('/').next().unwrap_or_default();
        if text(TYPE) != POPULATED {
            return Ok(None);
        }
        Ok(Some(Self {
            id: text(0).trim_start_matches('\u{feff}'),
            name_1: text(2),
            name_1_lang: text(3),
            name_2: text(4),
            name_2_lang: text(5),
            local_type: text(7),
            postcode_district: text(16),
            district_borough: text(21),
            district_borough_type: name_in_uri(23),
            county_unitary: text(24),
            county_unitary_type: name_in_uri(26),
            region: text(27),
            country: text(29),
            row,
        }))
    }

    /// Easting and northing.
    pub fn position_m(&self) -> anyhow::Result<[Option<f64>; 2]> {
        self.metres(POSITION)
    }

    /// West, south, east, north.
    pub fn bounds_m(&self) -> anyhow::Result<[Option<f64>; 4]> {
        self.metres(BOUNDS)
    }

    fn metres<const N: usize>(&self, columns: [usize; N]) -> anyhow::Result<[Option<f64>; N]> {
        let mut metres = [None; N];
        for (slot, column) in metres.iter_mut().zip(columns) {
            let text = self.row.get(column).unwrap_or_default().trim();
            if !text.is_empty() {
                let number = text.parse().ok();
                let number = number
                    .with_context(|| format!("column {} must be metres, not {text:?}", column + 1));
                *slot = Some(number?);
            }
        }
        Ok(metres)
    }
}

/// The tiles of a path with their sizes in bytes, in the order of their names.
fn tiles(path: &Path) -> anyhow::Result<Vec<(PathBuf, u64)>> {
    let failed = || format!("failed to read {}", path.display());
    let metadata = fs::metadata(path).with_context(failed)?;
    if metadata.is_file() {
        return Ok(vec![(path.to_owned(), metadata.len())]);
    }
    if let Some(inner) = INNER.map(|name| path.join(name)).iter().find(|it| it.is_dir()) {
        return self::tiles(inner);
    }
    let (mut tiles, mut inner) = (Vec::new(), None);
    for entry in fs::read_dir(path).with_context(failed)? {
        let entry = entry?.path();
        let metadata = fs::metadata(&entry)?;
        let is_csv = entry.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv"));
        if metadata.is_file() && is_csv {
            tiles.push((entry, metadata.len()));
        } else if metadata.is_dir()
            && entry.file_name().is_some_and(|it| it.eq_ignore_ascii_case("data"))
        {
            inner = Some(entry);
        }
    }
    match inner {
        Some(inner) if tiles.is_empty() => return self::tiles(&inner),
        _ => ensure!(!tiles.is_empty(), "{} contains no CSV file", path.display()),
    }
    tiles.sort();
    Ok(tiles)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::read;

    /// A town with all columns, and a road.
    const ROWS: &str = "\u{feff}osgb1,u,King's Lynn,eng,Lenne,cym,populatedPlace,Town,561700.9,320000,1,2,560000.5,318000,563000,\
322000,PE30,u,,,,West Norfolk,u,http://data/District,Norfolk,u,http://data/County,Eastern,u,England,u,,,\r\n\
osgb2,u,Newton Road,,,,transportNetwork,Named Road,417000,605000,1,2,,,,,,,,,,,,,,,,,,,,,,\r\n";

    #[test]
    fn populated_places_are_read_and_other_rows_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let tiles = folder.path().join("DATA");
        fs::create_dir(&tiles).unwrap();
        fs::write(tiles.join("TF62.csv"), ROWS).unwrap();
        fs::write(tiles.join("readme.txt"), "not a tile").unwrap();
        let mut steps = Vec::new();
        let mut found = Vec::new();
        let skipped = read(folder.path(), &mut |done, total| steps.push((done, total)), |place| {
            found.push(format!("{place:?}"));
            assert_eq!(place.position_m()?, [Some(561_700.9), Some(320_000.0)]);
            let bounds = [560_000.5, 318_000.0, 563_000.0, 322_000.0];
            assert_eq!(place.bounds_m()?, bounds.map(Some));
            Ok(())
        });
        assert_eq!((skipped.unwrap(), found.len()), (1, 1));
        assert_eq!(steps, [(0, u64::try_from(ROWS.len()).unwrap())]);
        for part in [
            "id: \"osgb1\"",
            "name_2_lang: \"cym\"",
            "district_borough_type: \"District\"",
            "county_unitary_type: \"County\"",
        ] {
            assert!(found[0].contains(part), "{part}: {}", found[0]);
        }
    }

    #[test]
    fn numbers_are_parsed_only_if_they_are_used() {
        let folder = tempfile::tempdir().unwrap();
        let tile = folder.path().join("TF62.csv");
        fs::write(&tile, ROWS.replace("560000.5", "west")).unwrap();
        let read = read(&tile, &mut |_, _| {}, |place| {
            assert!(place.position_m().is_ok());
            assert!(place.bounds_m().unwrap_err().to_string().contains("column 13"));
            Ok(())
        });
        assert_eq!(read.unwrap(), 1);
    }

    #[test]
    fn the_folder_of_the_archive_is_preferred_to_files_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let places = || read(folder.path(), &mut |_, _| {}, |_| Ok(())).map_err(|e| e.to_string());
        fs::write(folder.path().join("other.csv"), "a,b\n").unwrap();
        assert!(places().unwrap_err().contains("other.csv"));
        let tiles = folder.path().join("Data");
        fs::create_dir(&tiles).unwrap();
        assert!(places().unwrap_err().contains("Data contains no CSV file"));
        fs::write(tiles.join("TF62.csv"), ROWS).unwrap();
        assert_eq!(places(), Ok(1));
    }

    #[test]
    fn errors_name_the_file_the_line_and_the_column() {
        let folder = tempfile::tempdir().unwrap();
        let tile = folder.path().join("TF62.csv");
        let refused = |content: &[u8]| {
            fs::write(&tile, content).unwrap();
            let read = read(&tile, &mut |_, _| {}, |place| place.position_m().map(|_| ()));
            read.unwrap_err().to_string()
        };
        let valid = ROWS.lines().next().unwrap();
        let bad = format!("{valid}\r\n{}\r\n", valid.replace("320000", "north"));
        assert!(refused(bad.as_bytes()).contains("TF62.csv, line 2: column 10 must be metres"));
        assert!(refused(b"a,b\n").contains("TF62.csv, line 1: has 2 columns"));
        assert!(refused(b"\xff,\xfe\n").contains("TF62.csv, line 1"));
        assert!(read(&folder.path().join("none"), &mut |_, _| {}, |_| Ok(())).is_err());
    }
}
