//! OS Code-Point Open: ten columns without headings, one file for each postcode area of Great
//! Britain. Live postcodes only, with position, country, county, district and ward.

use anyhow::bail;
use contracts::values::postcode::Postcode;

use super::{
    progress::Progress,
    source::Sized,
    table::{First, Row as Cells, Table},
};
use crate::dataset::{
    builder::{Builder, Row},
    kind::Kind,
};

const COLUMNS: usize = 10;
/// Columns of the format used until August 2011.
const OLD_COLUMNS: usize = 19;
/// Quality of a postcode without a position, whose coordinates are zeros.
const NOWHERE: u32 = 90;
const AREAS: [(Kind, usize); 5] = [
    (Kind::Country, 4),
    (Kind::HealthAuthority, 6),
    (Kind::County, 7),
    (Kind::District, 8),
    (Kind::Ward, 9),
];

/// The kinds of areas in it.
pub(super) fn kinds() -> Vec<Kind> {
    AREAS.iter().map(|(kind, _)| *kind).collect()
}

pub(super) fn read(
    files: &[Sized],
    builder: &mut Builder,
    progress: &mut Progress<'_>,
) -> anyhow::Result<()> {
    let total = files.iter().map(|(_, bytes)| bytes).sum();
    let mut before = 0;
    for (file, bytes) in files {
        Table::open(file, First::Row)?.each(before, total, progress, |cells| {
            match cells.columns() {
                COLUMNS => push(cells, builder),
                OLD_COLUMNS => bail!(cells.error_of_row(
                    "has 19 columns: this is the format from before August 2011, use a newer release"
                )),
                other => bail!(cells.error_of_row(format_args!(
                    "has {other} columns, Code-Point Open has {COLUMNS}"
                ))),
            }
        })?;
        before += bytes;
    }
    Ok(())
}

fn push(cells: &Cells<'_>, builder: &mut Builder) -> anyhow::Result<()> {
    let Ok(postcode) = Postcode::parse(cells.text(0)?) else {
        return Err(cells.error(0, "is not a postcode"));
    };
    let number = |text: &str| text.parse::<u32>().ok();
    let is_quality = |quality: &u32| quality.is_multiple_of(10) && (10..=90).contains(quality);
    let quality =
        cells.parsed(1, "a quality of 10 to 90", |text| number(text).filter(is_quality))?;
    let grid = cells.parsed(2, "metres", number)?.zip(cells.parsed(3, "metres", number)?);
    let mut areas = [(Kind::Country, ""); AREAS.len()];
    for (slot, (kind, column)) in areas.iter_mut().zip(AREAS) {
        *slot = (kind, cells.text(column)?);
    }
    builder.push(&Row {
        postcode,
        grid: grid.filter(|_| quality != Some(NOWHERE)),
        degrees: None,
        // The ONS counts the same scale in ones.
        quality: quality.map(|quality| quality / 10),
        introduced: None,
        terminated: None,
        areas: &areas,
    });
    Ok(())
}
