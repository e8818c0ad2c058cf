//! The files of earlier imports: `postcodes.bin.1` is the one before `postcodes.bin`, `.2` the one
//! before that. At every moment a file stands in the current one's place.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, ensure};

use crate::dataset::{
    format::{self, About},
    image::Dataset,
};

/// Most generations looked for.
const MOST: u32 = 99;

/// A file that is there.
#[derive(Clone, Debug)]
pub struct Generation {
    /// 0 for the current one, 1 for the one before it.
    pub number: u32,
    pub path: PathBuf,
    pub bytes: u64,
    pub modified: SystemTime,
    /// What it holds, or why it cannot be used.
    pub about: Result<About, String>,
}

/// All generations of a file, the current one first.
pub fn list(out: &Path) -> Vec<Generation> {
    let numbered = (0..=MOST).map(|number| (number, path_of(out, number)));
    let there = numbered.filter_map(|(number, path)| {
        let metadata = fs::metadata(&path).ok()?;
        let about = format::peek(&path).map_err(|error| error.to_string());
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Generation { number, path, bytes: metadata.len(), modified, about })
    });
    there.collect()
}

/// Puts a generation back in the current one's place, whose file becomes number 1. Refuses one that
/// does not load.
pub fn rollback(out: &Path, number: u32) -> anyhow::Result<About> {
    ensure!(number > 0, "generation 0 is the current one");
    let wanted = path_of(out, number);
    ensure!(wanted.exists(), "there is no generation {number} of {}", out.display());
    let about = Dataset::load(&wanted)?.about().clone();
    let aside = suffixed(out, "rollback");
    fs::rename(&wanted, &aside).context("failed to take the generation out of the row")?;
    // Only those before it move up, into its place at most.
    shift(out, number)?;
    fs::rename(&aside, out).context("failed to put the generation in place")?;
    Ok(about)
}

/// Puts a new file in the current one's place and keeps so many earlier ones.
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
    fs::rename(new, out).with_context(|| format!("failed to put {} in place", out.display()))
}

/// Where an import writes before it is put in place.
pub(super) fn unfinished(out: &Path) -> PathBuf {
    suffixed(out, "new")
}

/// Makes every generation below `last` one older, the current one too, which stays in place.
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
    // Two names of one file; where the file system knows no such thing, a copy.
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
