//! OS Open Names: 34 columns without headings, one file for each tile of 20 km. Only populated places are imported.

use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::{
    about,
    progress::{Progress, Step},
    source,
    table::{First, Row as Cells, Table},
};
use crate::{
    geometry::grid::{Grid, Transformer},
    places::{
        file,
        image::{Builder, Row},
    },
};

const COLUMNS: usize = 34;
const TYPE: usize = 6;
const POPULATED: &str = "populatedPlace";
/// Columns of the texts, in the order of the record.
const TEXTS: [usize; 13] = [0, 2, 3, 4, 5, 7, 16, 24, 26, 21, 23, 27, 29];
/// Columns that contain a URI, of which only the part after the last `/` is used.
const ADDRESSES: [usize; 2] = [23, 26];
/// Easting, northing, and those of the bounding box.
const METRES: [usize; 6] = [8, 9, 12, 13, 14, 15];

/// Imports the folder of tiles, or the unpacked archive; returns the number of places.
pub fn import(folder: &Path, out: &Path, progress: &mut Progress<'_>) -> anyhow::Result<u32> {
    let files = source::csvs(folder)?;
    let total = files.iter().map(|(_, bytes)| bytes).sum();
    let transformer = Transformer::new()?;
    let (mut builder, mut before, mut places) = (Builder::default(), 0, 0);
    for (path, bytes) in &files {
        Table::open(path, First::Row)?.each(before, total, progress, |cells| {
            if cells.columns() != COLUMNS {
                bail!(cells.error_of_row(format_args!(
                    "has {} columns, OS Open Names has {COLUMNS}",
                    cells.columns()
                )));
            }
            if cells.text(TYPE)? == POPULATED {
                push(cells, &transformer, &mut builder)?;
                places += 1;
            }
            Ok(())
        })?;
        before += bytes;
    }
    ensure!(places > 0, "{} contains no populated place", folder.display());
    progress(Step { what: "writing the places", done: total, total });
    let mut about = about::about("OS Open Names", source::release(folder), None);
    about.attribution = vec!["Contains OS data © Crown copyright and database right.".to_owned()];
    let content = builder.build(about);
    file::write(out, &content)
        .with_context(|| format!("failed to write the places to {}", out.display()))?;
    Ok(content.about.postcodes)
}

fn push(cells: &Cells<'_>, transformer: &Transformer, builder: &mut Builder) -> anyhow::Result<()> {
    let mut texts = [""; TEXTS.len()];
    for (slot, column) in texts.iter_mut().zip(TEXTS) {
        let text = cells.text(column)?;
        let is_address = ADDRESSES.contains(&column);
        *slot = if is_address { text.rsplit('/').next().unwrap_or_default() } else { text };
    }
    let code = cells.text(0)?.to_lowercase();
    if let Some(first) = texts.first_mut() {
        *first = &code;
    }
    let mut metres = [None; METRES.len()];
    for (slot, column) in metres.iter_mut().zip(METRES) {
        *slot = cells.parsed(column, "metres", |text| text.parse::<f64>().ok())?;
    }
    let [east, north, ..] = metres;
    let degrees = east
        .zip(north)
        .and_then(|(east, north)| transformer.degrees_of(Grid::British, east, north));
    builder.push(&Row {
        texts,
        degrees: degrees.map(|(longitude, latitude)| (millionths(longitude), millionths(latitude))),
        metres: metres.map(|metres| metres.and_then(whole)),
    });
    Ok(())
}

/// Degrees to the sixth decimal, a tenth of a metre.
fn millionths(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// Integer metres, truncated as in postcodes.io; none for zero, which means no value.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be on the grid; std has no fallible conversion"
)]
fn whole(metres: f64) -> Option<u32> {
    (1.0..=1_300_000.0).contains(&metres).then_some(metres as u32)
}
