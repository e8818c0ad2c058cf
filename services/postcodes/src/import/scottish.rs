//! Adds the Scottish Postcode Directory to a directory: the constituency of the Scottish Parliament of each live Scottish
//! postcode.

use std::path::Path;

use anyhow::{Context, bail};
use contracts::values::postcode::Postcode;

use super::{
    progress::Progress,
    table::{First, Row, Table, find, heading},
};
use crate::dataset::{builder::Builder, kind::Kind};

/// The number of columns of the two files, and the column of the constituency in each if there are no headings.
const LAYOUTS: [(usize, usize); 2] = [(51, 14), (57, 13)];
const HEADINGS: &[&str] = &[
    "scottishparliamentaryconstituency2026code",
    "scottishparliamentaryconstituency2021code",
    "scottishparliamentaryconstituency2014code",
];
/// Prefix of the codes of constituencies of the Scottish Parliament.
const CODES: &str = "S16";

/// Where the columns are.
#[derive(Clone, Copy)]
struct Columns {
    postcode: usize,
    deleted: usize,
    constituency: usize,
}

/// Reads one of the two files; returns the number of postcodes that exist in the directory and that do not.
pub(super) fn overlay(
    file: &Path,
    builder: &mut Builder,
    progress: &mut Progress<'_>,
) -> anyhow::Result<(u32, u32)> {
    let total = std::fs::metadata(file)
        .with_context(|| format!("failed to open {}", file.display()))?
        .len();
    let (mut columns, mut matched, mut unknown) = (None, 0, 0);
    Table::open(file, First::Row)?.each(0, total, progress, |row| {
        let Columns { postcode, deleted, constituency } = if let Some(columns) = columns {
            columns
        } else {
            let (found, is_headings) = Columns::find(row)?;
            columns = Some(found);
            if is_headings {
                return Ok(());
            }
            found
        };
        let Some(postcode) = whole(row.text(postcode)?) else { return Ok(()) };
        // Only live postcodes are in the Scottish record.
        if !row.text(deleted)?.is_empty() {
            return Ok(());
        }
        let code = row.text(constituency)?;
        if !code.starts_with(CODES) {
            bail!(row.error(constituency, format_args!("must start with {CODES}")));
        }
        let is_known = builder.overlay(postcode, Kind::ScottishConstituency, code);
        matched += u32::from(is_known);
        unknown += u32::from(!is_known);
        Ok(())
    })?;
    Ok((matched, unknown))
}

/// The postcode. A split one is listed once for each part, with a letter after it: part A is used, the others are ignored.
fn whole(text: &str) -> Option<Postcode> {
    Postcode::parse(text)
        .or_else(|_split| Postcode::parse(text.strip_suffix('A').unwrap_or_default()))
        .ok()
}

impl Columns {
    /// From the first row, which may contain headings.
    fn find(row: &Row<'_>) -> anyhow::Result<(Self, bool)> {
        let mut cells = Vec::with_capacity(row.columns());
        for column in 0..row.columns() {
            cells.push(heading(row.text(column)?.as_bytes()));
        }
        let named = [&["postcode"][..], &["dateofdeletion"][..], HEADINGS];
        match named.map(|patterns| find(&cells, patterns)) {
            [Some(postcode), Some(deleted), Some(constituency)] => {
                return Ok((Self { postcode, deleted, constituency }, true));
            }
            [Some(_), ..] => bail!(row.error_of_row(
                "has no heading DateOfDeletion or ScottishParliamentaryConstituency…Code"
            )),
            _ => {}
        }
        match LAYOUTS.iter().find(|(columns, _)| *columns == row.columns()) {
            Some((_, constituency)) => {
                Ok((Self { postcode: 0, deleted: 4, constituency: *constituency }, false))
            }
            None => bail!(row.error_of_row(format_args!(
                "has {} columns and no headings: the file of large users has 51, of small ones 57",
                row.columns()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn part_a_of_a_split_postcode_is_used() {
        let text = |text| whole(text).map(|postcode| postcode.to_string());
        assert_eq!(text("EH1 1AB").as_deref(), Some("EH1 1AB"));
        assert_eq!(text("EH1 1ABA").as_deref(), Some("EH1 1AB"));
        assert_eq!(text("EH1 1AAA").as_deref(), Some("EH1 1AA"));
        assert_eq!(text("EH1 1ABB"), None);
    }
}
