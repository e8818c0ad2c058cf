//! Cells that no spreadsheet takes for a formula, and lines of CSV.

/// Columns of the file; also what the disclosure names.
pub(super) const COLUMNS: [&str; 11] = [
    "action_id",
    "taken_at",
    "confirmed_at",
    "constituency",
    "name",
    "email",
    "postcode",
    "address",
    "subject",
    "own_words",
    "consents",
];

/// A cell that begins like a formula gets an apostrophe, which spreadsheets do not show.
fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// One line by RFC 4180: every cell quoted.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> =
        cells.into_iter().map(|cell| format!("\"{}\"", safe(cell).replace('"', "\"\""))).collect();
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_quotes_doubled() {
        for bad in ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(line([bad]), format!("\"'{bad}\"\r\n"));
        }
        assert_eq!(line(["a\"b", "c,d\ne", ""]), "\"a\"\"b\",\"c,d\ne\",\"\"\r\n");
    }
}
