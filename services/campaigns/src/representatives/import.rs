//! Reads a CSV file of representatives. The invalid fields of all lines are reported, each with its line and column.

use std::collections::HashSet;

use contracts::values::{InvalidValue, email::EmailAddress};
use csv::{Position, StringRecord};
use kit::http::problem::{FieldError, Problem};
use uuid::Uuid;

use super::domain::Representative;
use crate::values;

/// Columns, found by the name in the first line; others are ignored.
const COLUMNS: [&str; 6] =
    ["gss_code", "name", "party", "office_email", "office_address", "salutation"];
/// More representatives than any parliament and all councils of a country have.
const MAX_LINES: usize = 20_000;
/// Errors reported at once; a file with more is the wrong file.
const MAX_ERRORS: usize = 100;
const MAX_NAME: usize = 100;
const MAX_ADDRESS: usize = 500;

/// The representatives of all lines, or the errors of all lines.
pub(super) fn read(
    file: &[u8],
    mut next_id: impl FnMut() -> Uuid,
) -> Result<Vec<Representative>, Problem> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.headers().map_err(|_e| Problem::bad_request("not a CSV file in UTF-8"))?;
    let columns = columns(header)?;
    let mut import = Import { columns, representatives: Vec::new(), errors: Vec::new() };
    let mut seen = HashSet::new();
    for record in reader.records() {
        if let Some((line, representative)) = import.parse(record, next_id()) {
            if !seen.insert(representative.gss_code.clone()) {
                import.add(
                    line,
                    "gss_code",
                    InvalidValue::new("duplicate", "is in the file twice"),
                );
            }
            import.representatives.push(representative);
        }
        if import.errors.len() >= MAX_ERRORS || import.representatives.len() > MAX_LINES {
            break;
        }
    }
    import.finish()
}

/// What was read so far.
struct Import {
    /// The positions of [`COLUMNS`] in a line.
    columns: Vec<usize>,
    representatives: Vec<Representative>,
    errors: Vec<FieldError>,
}

impl Import {
    /// The number and the representative of a line; none if it is invalid, which is then recorded.
    fn parse(
        &mut self,
        record: csv::Result<StringRecord>,
        id: Uuid,
    ) -> Option<(u64, Representative)> {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, Position::line);
                self.add(line, "", InvalidValue::new("malformed", "is not text in UTF-8"));
                return None;
            }
        };
        let line = record.position().map_or(0, Position::line);
        let name = |text: &str| values::line(text, MAX_NAME);
        let person_name = |text: &str| values::person_name(text, MAX_NAME);
        let address = |text: &str| values::text(text, MAX_ADDRESS);
        let gss_code = self.cell(line, &record, "gss_code", values::gss_code);
        let person_name = self.cell(line, &record, "name", person_name);
        let party = self.cell(line, &record, "party", name);
        let office_email = self.cell(line, &record, "office_email", EmailAddress::deliverable);
        let office_address = self.cell(line, &record, "office_address", address);
        let salutation = self.cell(line, &record, "salutation", name);
        let representative = Representative {
            id,
            gss_code: gss_code?,
            name: person_name?,
            party: party?,
            office_email: office_email?,
            office_address: office_address?,
            salutation: salutation?,
        };
        Some((line, representative))
    }

    fn cell(
        &mut self,
        line: u64,
        record: &StringRecord,
        column: &str,
        parse: impl Fn(&str) -> Result<String, InvalidValue>,
    ) -> Option<String> {
        let index = COLUMNS.iter().position(|name| *name == column)?;
        let cell = record.get(*self.columns.get(index)?).unwrap_or_default();
        parse(cell).map_err(|invalid| self.add(line, column, invalid)).ok()
    }

    fn add(&mut self, line: u64, column: &str, invalid: InvalidValue) {
        self.errors.push(field_error(line, column, &invalid));
    }

    fn finish(mut self) -> Result<Vec<Representative>, Problem> {
        if self.representatives.len() > MAX_LINES {
            self.add(0, "", InvalidValue::new("too_many", "has more than 20000 lines"));
        }
        if self.representatives.is_empty() && self.errors.is_empty() {
            self.add(1, "", InvalidValue::new("empty", "is not followed by any line"));
        }
        if self.errors.is_empty() {
            Ok(self.representatives)
        } else {
            Err(Problem::invalid(self.errors))
        }
    }
}

fn columns(header: &StringRecord) -> Result<Vec<usize>, Problem> {
    let position = |name: &&str| header.iter().position(|cell| cell.trim() == *name);
    let absent = InvalidValue::new("required", "is missing in the header");
    let missing: Vec<FieldError> = COLUMNS
        .iter()
        .filter(|name| position(name).is_none())
        .map(|name| field_error(1, name, &absent))
        .collect();
    if missing.is_empty() {
        Ok(COLUMNS.iter().filter_map(position).collect())
    } else {
        Err(Problem::invalid(missing))
    }
}

/// An error of a cell, or of a whole line if the column is empty.
fn field_error(line: u64, column: &str, invalid: &InvalidValue) -> FieldError {
    let (pointer, place) = if column.is_empty() {
        (format!("/lines/{line}"), format!("line {line}"))
    } else {
        (format!("/lines/{line}/{column}"), format!("line {line}, column {column}"))
    };
    let detail = format!("{place}: {}", invalid.detail);
    FieldError::new(pointer, invalid.code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(file: &str) -> Vec<(String, String)> {
        let problem = read(file.as_bytes(), Uuid::nil).unwrap_err();
        problem.errors().iter().map(|e| (e.pointer.to_string(), e.code.to_string())).collect()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let file = "\u{feff}party,name,extra,gss_code,salutation,office_email,office_address\r\n\
                    Trees,Sam Example,x,E14001234,Dear Sam,sam@example.invalid,\"1 Street\nTown\"\r\n";
        let found = read(file.as_bytes(), Uuid::nil).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].office_address, "1 Street\nTown");
    }

    #[test]
    fn every_error_is_reported_with_line_and_column() {
        let header = "gss_code,name,party,office_email,office_address,salutation\n";
        let file = format!(
            "{header}E14001234,Sam,P,sam@example.invalid,x,Dear Sam\n\
             X1,\"Sam\nBcc: all@example.invalid\",P,nobody,x,Dear\n\
             E14001234,Kim,P,kim@example.invalid,x,Dear Kim\n"
        );
        let error = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(
            errors(&file),
            [
                error("/lines/3/gss_code", "malformed"),
                error("/lines/3/name", "control_character"),
                error("/lines/3/office_email", "malformed"),
                error("/lines/5/gss_code", "duplicate"),
            ]
        );
        assert_eq!(errors("gss_code,name\n").len(), 4);
        assert_eq!(errors(header), [error("/lines/1", "empty")]);
    }
}
