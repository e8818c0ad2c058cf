//! The files of previous imports: `postcodes.bin.1` precedes `postcodes.bin`, `.2` precedes `.1`. A current file exists at
//! every moment.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, ensure};
use datafile::container;

use crate::dataset::{
    format::{self, About},
    image::Dataset,
};

/// Most generations.
const MOST: u32 = 99;

/// An existing file.
#[derive(Clone, Debug)]
pub struct Generation {
    /// 0 for the current one, 1 for the one before it.
    pub number: u32,
    pub path: PathBuf,
    pub bytes: u64,
    pub modified: SystemTime,
    /// Description of its content, or why it cannot be used.
    pub about: Result<About, String>,
}

/// All generations of a file, the current one first.
pub fn list(out: &Path) -> Vec<Generation> {
    let numbered = (0..=MOST).map(|number| (number, path_of(out, number)));
    let existing = numbered.filter_map(|(number, path)| {
        let metadata = fs::metadata(&path).ok()?;
        let about = format::peek(&path).map_err(|error| error.to_string());
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Generation { number, path, bytes: metadata.len(), modified, about })
    });
    existing.collect()
}

/// Makes a generation the current one again; the current file becomes number 1. Fails if the generation cannot be loaded.
pub fn rollback(out: &Path, number: u32) -> anyhow::Result<About> {
    ensure!(number > 0, "generation 0 is the current one");
    let wanted = path_of(out, number);
    ensure!(wanted.exists(), "there is no generation {number} of {}", out.display());
    let about = Dataset::load(&wanted)?.about().clone();
    let aside = suffixed(out, "rollback");
    fs::rename(&wanted, &aside).context("failed to move the generation aside")?;
    // Only newer generations are renumbered, at most to its number.
    shift(out, number)?;
    container::replace(&aside, out).context("failed to put the generation in place")?;
    Ok(about)
}

/// Replaces the current file and keeps a number of previous ones.
pub(super) fn replace(new: &Path, out: &Path, keep: u32) -> anyhow::Result<()> {
    if keep > 0 && out.exists() {
        shift(out, keep)?;
    }
    for number in keep + 1..=MOST {
        let old = path_of(out, number);
        if old.exists() {
            fs::remove_file(&old).with_context(|| format!("failed to remove {}", old.display()))?;
        }
    }
    container::replace(new, out)
        .with_context(|| format!("failed to put {} in place", out.display()))
}

/// The temporary file of an import.
pub(super) fn unfinished(out: &Path) -> PathBuf {
    suffixed(out, "new")
}

/// Increments the numbers of all generations below `last`; the current file becomes number 1 and also stays current.
fn shift(out: &Path, last: u32) -> anyhow::Result<()> {
    for number in (1..last).rev() {
        let (from, to) = (path_of(out, number), path_of(out, number + 1));
        if from.exists() {
            fs::rename(&from, &to).with_context(|| {
                format!("failed to move {} to {}", from.display(), to.display())
            })?;
        }
    }
    let first = path_of(out, 1);
    if first.exists() {
        fs::remove_file(&first)?;
    }
    // A hard link, or a copy if the file system has none.
    if fs::hard_link(out, &first).is_err() {
        fs::copy(out, &first)
            .with_context(|| format!("failed to keep {} as {}", out.display(), first.display()))?;
    }
    Ok(())
}

fn path_of(out: &Path, number: u32) -> PathBuf {
    if number == 0 { out.to_owned() } else { suffixed(out, &number.to_string()) }
}

fn suffixed(out: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".");
    name.push(suffix);
    name.into()
}
