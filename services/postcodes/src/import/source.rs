//! Finds the files of a published archive, and what release it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// Folders that archives keep their CSVs in, from the outside in.
const INNER: [&str; 3] = ["data", "csv", "multi_csv"];
/// The folder of an archive of the ONS that names the areas.
const DOCUMENTS: &str = "documents";
const MONTHS: [(&str, &str); 12] = [
    ("jan", "January"),
    ("feb", "February"),
    ("mar", "March"),
    ("apr", "April"),
    ("may", "May"),
    ("jun", "June"),
    ("jul", "July"),
    ("aug", "August"),
    ("sep", "September"),
    ("oct", "October"),
    ("nov", "November"),
    ("dec", "December"),
];

/// A file and its size in bytes.
pub(super) type Sized = (PathBuf, u64);

/// The CSVs that a path means: itself; or those in the folder, or in its `Data`, `CSV` or
/// `multi_csv` folder. One large file is preferred to many.
pub(super) fn csvs(path: &Path) -> anyhow::Result<Vec<Sized>> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot open {}", path.display()))?;
    if metadata.is_file() {
        return Ok(vec![(path.to_owned(), metadata.len())]);
    }
    let mut files = Vec::new();
    for entry in children(path)? {
        let size = fs::metadata(&entry)?;
        if size.is_file() && has_extension(&entry, "csv") {
            files.push((entry, size.len()));
        }
    }
    if !files.is_empty() {
        return Ok(files);
    }
    match INNER.iter().find_map(|name| child(path, name)) {
        Some(inner) => csvs(&inner),
        None => bail!("{} holds no CSV, and no folder Data with one", path.display()),
    }
}

/// The folder with the names of areas in the archive that a path means.
pub(super) fn documents(path: &Path) -> Option<PathBuf> {
    path.ancestors().take(4).find_map(|folder| child(folder, DOCUMENTS))
}

/// The release that a file's name tells, such as `ONSPD_NOV_2025_UK`: its date, and in words.
pub(super) fn release(path: &Path) -> (Option<String>, String) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let parts: Vec<String> = stem.split(['_', ' ', '-']).map(str::to_lowercase).collect();
    let mut dates = parts.windows(2).rev().filter_map(|pair| {
        let [month, year] = pair else { return None };
        let is = |(short, long): &(&str, &str)| *month == *short || *month == long.to_lowercase();
        let number = MONTHS.iter().position(is)?;
        let year: u32 = year.parse().ok().filter(|year| (2000..2100).contains(year))?;
        let (_, name) = MONTHS.get(number)?;
        Some((format!("{year}-{:02}", number + 1), format!("{name} {year}")))
    });
    match dates.next() {
        Some((date, words)) => (Some(date), words),
        None => (None, stem),
    }
}

/// What is in a folder, sorted.
pub(super) fn children(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Whether a file's name ends so, in any case.
pub(super) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn child(folder: &Path, name: &str) -> Option<PathBuf> {
    let is = |path: &PathBuf| {
        path.is_dir() && path.file_name().is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    children(folder).ok()?.into_iter().find(is)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::release;

    #[test]
    fn the_release_is_read_from_the_name_of_the_file() {
        let told = |name| release(Path::new(name));
        assert_eq!(
            told("Data/ONSPD_NOV_2025_UK.csv"),
            (Some("2025-11".to_owned()), "November 2025".to_owned())
        );
        assert_eq!(told("NSPL_AUG_2026_UK.csv").0.as_deref(), Some("2026-08"));
        assert_eq!(told("ONSPD_February_2024.csv").0.as_deref(), Some("2024-02"));
        assert_eq!(told("mine.csv"), (None, "mine".to_owned()));
    }
}
