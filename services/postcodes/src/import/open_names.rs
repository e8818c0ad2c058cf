//! OS Open Names into the file of places.

use std::path::Path;

use anyhow::{Context, ensure};
use datafile::{
    grid::{Grid, Transformer},
    open_names::{self, PopulatedPlace},
};

use super::{
    about,
    progress::{Progress, Step},
    source,
};
use crate::places::{
    file,
    image::{Builder, Row},
};

/// Imports the folder of tiles, or the unpacked archive; returns the number of places.
pub fn import(folder: &Path, out: &Path, progress: &mut Progress<'_>) -> anyhow::Result<u32> {
    let transformer = Transformer::new()?;
    let (mut builder, mut places) = (Builder::default(), 0_u32);
    let mut report = |done, total| progress(Step { what: "reading", done, total });
    open_names::read(folder, &mut report, |place| {
        push(place, &transformer, &mut builder)?;
        places += 1;
        Ok(())
    })?;
    ensure!(places > 0, "{} contains no populated place", folder.display());
    progress(Step { what: "writing the places", done: 1, total: 1 });
    let mut about = about::about("OS Open Names", source::release(folder), None);
    about.attribution = vec!["Contains OS data © Crown copyright and database right.".to_owned()];
    let content = builder.build(about);
    file::write(out, &content)
        .with_context(|| format!("failed to write the places to {}", out.display()))?;
    Ok(content.about.postcodes)
}

fn push(
    place: &PopulatedPlace<'_>,
    transformer: &Transformer,
    builder: &mut Builder,
) -> anyhow::Result<()> {
    let code = place.id.to_lowercase();
    let [easting, northing] = place.position_m()?;
    let [west, south, east, north] = place.bounds_m()?;
    let degrees = easting
        .zip(northing)
        .and_then(|(east, north)| transformer.degrees(Grid::British, east, north))
        .map(|(longitude, latitude)| (millionths(longitude), millionths(latitude)));
    let metres = [easting, northing, west, south, east, north];
    builder.push(&Row {
        texts: [
            &code,
            place.name_1,
            place.name_1_lang,
            place.name_2,
            place.name_2_lang,
            place.local_type,
            place.postcode_district,
            place.county_unitary,
            place.county_unitary_type,
            place.district_borough,
            place.district_borough_type,
            place.region,
            place.country,
        ],
        degrees,
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
