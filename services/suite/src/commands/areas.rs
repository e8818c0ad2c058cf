//! Imports boundaries of areas into the file of layers, with progress.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use postcodes::import::boundaries::{self, Options, Report, Request, diff::Diff};

/// Most codes printed for each kind of change; the total is always printed.
const SHOWN: usize = 20;

/// Where boundaries come from, and where they go.
#[derive(Args)]
pub(crate) struct AreasImport {
    /// The boundaries, as the ONS publishes them
    #[arg(long)]
    geojson: PathBuf,
    /// Kind of area, such as `constituency`; by default detected from the names of the properties
    #[arg(long)]
    kind: Option<String>,
    /// Set of boundaries, such as 2024; by default detected in the same way
    #[arg(long)]
    generation: Option<String>,
    /// First day in force
    #[arg(long, value_name = "YYYY-MM-DD")]
    valid_from: Option<NaiveDate>,
    /// Last day in force
    #[arg(long, value_name = "YYYY-MM-DD")]
    valid_to: Option<NaiveDate>,
    /// Leave out points, as long as no border moves farther than this
    #[arg(long, value_name = "METRES")]
    simplify: Option<u32>,
    /// An existing file whose other layers are kept
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
    /// Report changes without writing
    #[arg(long)]
    dry_run: bool,
}

/// Imports one kind and generation. Blocks.
pub(super) fn import(arguments: AreasImport) -> anyhow::Result<()> {
    let AreasImport { geojson, kind, generation, valid_from, valid_to, .. } = arguments;
    let AreasImport { simplify: simplify_m, into, out, dry_run, .. } = arguments;
    let known = Options::for_file(&geojson);
    let options = Options { kind, generation, valid_from, valid_to, simplify_m, ..known };
    let request = Request { geojson, options, into, out, dry_run };
    let bar = super::progress::bar()?;
    let report = boundaries::import(&request, &mut |step| super::progress::show(&bar, step))?;
    bar.finish_and_clear();
    print_report(&report, dry_run);
    Ok(())
}

fn print_report(report: &Report, dry_run: bool) {
    let about = &report.about;
    let generation = about.generation.as_deref().unwrap_or("without a generation");
    super::print(&format!(
        "{} {generation}: {} areas, {} points, {} in the file",
        about.kind,
        report.areas,
        report.vertices,
        if report.layers == 1 {
            "the only set".to_owned()
        } else {
            format!("one of {} sets", report.layers)
        },
    ));
    if report.unbounded > 0 {
        super::print(&format!("without a boundary: {}", report.unbounded));
    }
    let Diff { added, removed, renamed, moved } = &report.diff;
    let renamed: Vec<String> = renamed
        .iter()
        .map(|[code, before, after]| format!("{code} ({before} → {after})"))
        .collect();
    for (what, codes) in
        [("added", added), ("removed", removed), ("renamed", &renamed), ("moved", moved)]
    {
        if !codes.is_empty() {
            let shown = codes.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if codes.len() > SHOWN { ", …" } else { "" };
            super::print(&format!("{what}: {} ({shown}{more})", codes.len()));
        }
    }
    if !report.dropped.is_empty() {
        let dropped = report.dropped.join(", ");
        super::print(&format!("no longer in the file, since --into did not name it: {dropped}"));
    }
    if dry_run {
        super::print("nothing was written");
    }
}
