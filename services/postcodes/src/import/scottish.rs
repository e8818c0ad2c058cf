//! The Scottish Postcode Directory, laid over a directory that is there: the constituency of the
//! Scottish Parliament of each live Scottish postcode.

use std::path::Path;

use anyhow::{Context, bail};

use super::{
    progress::Progress,
    table::{First, Row, Table, find, heading},
};
use crate::dataset::{builder::Builder, kind::Kind, postcode::Postcode};

/// Columns of the two files, and the constituency's place in each where there are no headings.
const LAYOUTS: [(usize, usize); 2] = [(51, 14), (57, 13)];
const HEADINGS: &[&str] = &[
    "scottishparliamentaryconstituency2026code",
    "scottishparliamentaryconstituency2021code",
    "scottishparliamentaryconstituency2014code",
];
/// What the code of every constituency of the Scottish Parliament begins with.
const CODES: &str = "S16";

/// Where the columns are.
#[derive(Clone, Copy)]
struct Columns {
    postcode: usize,
    deleted: usize,
    constituency: usize,
}

/// Reads one of the two files; tells how many postcodes were there, and how many were not.
pub(super) fn overlay(
    file: &Path,
    builder: &mut Builder,
    progress: &mut Progress<'_>,
) -> anyhow::Result<(u32, u32)> {
    let total =
        std::fs::metadata(file).with_context(|| format!("cannot open {}", file.display()))?.len();
    let (mut columns, mut met, mut unknown) = (None, 0, 0);
    Table::open(file, First::Row)?.each(0, total, progress, |row| {
        let Some(columns) = columns else {
            let (found, is_headings) = Columns::find(row)?;
            columns = Some(found);
            return if is_headings {
                Ok(())
            } else {
                take(row, found, builder, &mut met, &mut unknown)
            };
        };
        take(row, columns, builder, &mut met, &mut unknown)
    })?;
    Ok((met, unknown))
}

fn take(
    row: &Row<'_>,
    columns: Columns,
    builder: &mut Builder,
    met: &mut u32,
    unknown: &mut u32,
) -> anyhow::Result<()> {
    let Some(postcode) = whole(row.text(columns.postcode)?) else { return Ok(()) };
    // Its own record is of live postcodes only.
    if !row.text(columns.deleted)?.is_empty() {
        return Ok(());
    }
    let code = row.text(columns.constituency)?;
    if !code.starts_with(CODES) {
        bail!(row.fault(columns.constituency, format_args!("should begin with {CODES}")));
    }
    let there = builder.overlay(postcode, Kind::ScottishConstituency, code);
    *met += u32::from(there);
    *unknown += u32::from(!there);
    Ok(())
}

/// The postcode, of which a split one is listed once for each part with a letter after it: the part
/// A stands for all, the others are none.
fn whole(text: &str) -> Option<Postcode> {
    Postcode::parse(text)
        .or_else(|_split| Postcode::parse(text.strip_suffix('A').unwrap_or_default()))
        .ok()
}

impl Columns {
    /// From the first row, which may hold headings.
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
            [Some(_), ..] => bail!(row.fault_of_row(
                "the headings lack DateOfDeletion or ScottishParliamentaryConstituency…Code"
            )),
            _ => {}
        }
        match LAYOUTS.iter().find(|(columns, _)| *columns == row.columns()) {
            Some((_, constituency)) => {
                Ok((Self { postcode: 0, deleted: 4, constituency: *constituency }, false))
            }
            None => bail!(row.fault_of_row(format_args!(
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
    fn of_a_split_postcode_the_part_a_stands_for_all() {
        let text = |text| whole(text).map(|postcode| postcode.to_string());
        assert_eq!(text("EH1 1AB").as_deref(), Some("EH1 1AB"));
        assert_eq!(text("EH1 1ABA").as_deref(), Some("EH1 1AB"));
        assert_eq!(text("EH1 1AAA").as_deref(), Some("EH1 1AA"));
        assert_eq!(text("EH1 1ABB"), None);
    }
}
