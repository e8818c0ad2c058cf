//! Finds the files of a published archive and its release.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// Folders of archives that contain CSV files, outermost first.
const INNER: [&str; 3] = ["data", "csv", "multi_csv"];
/// The folder of an ONS archive with the names of areas.
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

/// The CSV files of a path: the file itself, or those in the folder or its `Data`, `CSV` or `multi_csv` folder. A single large
/// file is preferred to many.
pub(super) fn csvs(path: &Path) -> anyhow::Result<Vec<Sized>> {
    let metadata =
        fs::metadata(path).with_context(|| format!("failed to open {}", path.display()))?;
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
        None => bail!("{} contains no CSV file, nor a folder Data with one", path.display()),
    }
}

/// The folder with the names of areas in the archive of a path.
pub(super) fn documents(path: &Path) -> Option<PathBuf> {
    path.ancestors().take(4).find_map(|folder| child(folder, DOCUMENTS))
}

/// The release in the name of a file, such as `ONSPD_NOV_2025_UK`: its date, and as text.
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

/// The sorted entries of a folder.
pub(super) fn children(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("failed to read the folder {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Whether the name of a file has an extension, in any case.
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
        let found = |name| release(Path::new(name));
        assert_eq!(
            found("Data/ONSPD_NOV_2025_UK.csv"),
            (Some("2025-11".to_owned()), "November 2025".to_owned())
        );
        assert_eq!(found("NSPL_AUG_2026_UK.csv").0.as_deref(), Some("2026-08"));
        assert_eq!(found("ONSPD_February_2024.csv").0.as_deref(), Some("2024-02"));
        assert_eq!(found("mine.csv"), (None, "mine".to_owned()));
    }
}
