//! Reads a CSV file of representatives. The invalid fields of all lines are reported, each with its line and column.

use std::{borrow::Cow, collections::hash_map::Entry};

use contracts::{
    postcodes::RefusedCode,
    values::{InvalidValue, email::EmailAddress},
};
use csv::{Position, StringRecord};
use kit::http::problem::{FieldError, Problem};
use uuid::Uuid;

use super::domain::{Register, Representative};
use crate::values;

/// Columns, found by the name in the first line; others are ignored.
const COLUMNS: [&str; 6] =
    ["gss_code", "name", "party", "office_email", "office_address", "salutation"];
/// Stands in the place of a name where a seat has no representative; the line's other cells may be empty.
const VACANT: &str = "vacant";
/// More representatives than any parliament and all councils of a country have.
const MAX_LINES: usize = 20_000;
/// Errors reported at once; a file with more is the wrong file.
const MAX_ERRORS: usize = 100;
const MAX_NAME: usize = 100;
const MAX_ADDRESS: usize = 500;

/// The register of all lines, or the errors of all lines. Lines of empty cells, as spreadsheets add them, are passed over.
pub(super) fn read(file: &[u8], mut next_id: impl FnMut() -> Uuid) -> Result<Register, Problem> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let file = with_unix_lines(file);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.as_slice());
    let header = reader.headers().map_err(|_e| Problem::bad_request("not a CSV file in UTF-8"))?;
    let columns = columns(header)?;
    let mut import = Import { columns, register: Register::default(), errors: Vec::new() };
    for record in reader.records() {
        if let Some(representative) = import.parse(record, next_id()) {
            import.register.representatives.push(representative);
        }
        if import.errors.len() >= MAX_ERRORS || import.register.lines.len() > MAX_LINES {
            break;
        }
    }
    import.finish()
}

/// The same with LF alone at the end of lines: where it is CRLF, the csv crate takes each record to begin a line too early.
fn with_unix_lines(file: &[u8]) -> Vec<u8> {
    let next = file.iter().skip(1).map(Some).chain([None]);
    let pairs = file.iter().zip(next).filter(|pair| *pair != (&b'\r', Some(&b'\n')));
    pairs.map(|(byte, _)| *byte).collect()
}

/// Refuses the lines of the codes that no lookup of a postcode returns.
pub(super) fn check_codes(register: &Register, refused: Vec<RefusedCode>) -> Result<(), Problem> {
    if refused.is_empty() {
        return Ok(());
    }
    let numbered = |code: RefusedCode| (register.lines.get(&code.gss_code).copied(), code);
    let mut refused: Vec<_> = refused.into_iter().map(numbered).collect();
    refused.sort_by_key(|(line, _)| *line);
    let errors =
        refused.into_iter().take(MAX_ERRORS).map(|(line, RefusedCode { code, detail, .. })| {
            field_error(line.unwrap_or_default(), "gss_code", code, &detail)
        });
    Err(Problem::invalid(errors.collect()))
}

/// What was read so far.
struct Import {
    /// The positions of [`COLUMNS`] in a line.
    columns: Vec<usize>,
    register: Register,
    errors: Vec<FieldError>,
}

impl Import {
    /// The representative of a line; none if there is none, or if it is invalid, which is then recorded.
    fn parse(&mut self, record: csv::Result<StringRecord>, id: Uuid) -> Option<Representative> {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, Position::line);
                self.add(line, "", InvalidValue::new("malformed", "is not text in UTF-8"));
                return None;
            }
        };
        let line = record.position().map_or(0, Position::line);
        if record.iter().all(values::is_blank) {
            return None;
        }
        let gss_code = self.gss_code(line, &record);
        if self.is_vacant(&record) {
            return None;
        }
        let name = |text: &str| values::line(text, MAX_NAME);
        let person_name = |text: &str| values::person_name(text, MAX_NAME);
        let address = |text: &str| values::text(text, MAX_ADDRESS);
        let person_name = self.cell(line, &record, "name", person_name);
        let party = self.cell(line, &record, "party", name);
        let office_email = self.cell(line, &record, "office_email", EmailAddress::deliverable);
        let office_address = self.cell(line, &record, "office_address", address);
        let salutation = self.cell(line, &record, "salutation", name);
        Some(Representative {
            id,
            gss_code: gss_code?,
            name: person_name?,
            party: party?,
            office_email: office_email?,
            office_address: office_address?,
            salutation: salutation?,
        })
    }

    /// The line's constituency, which no other line may have.
    fn gss_code(&mut self, line: u64, record: &StringRecord) -> Option<String> {
        let gss_code = self.cell(line, record, "gss_code", values::gss_code)?;
        match self.register.lines.entry(gss_code.clone()) {
            Entry::Vacant(first) => _ = first.insert(line),
            Entry::Occupied(_) => {
                let twice = InvalidValue::new("duplicate", "is in the file twice");
                self.add(line, "gss_code", twice);
            }
        }
        Some(gss_code)
    }

    /// Whether the word stands in the place of a name.
    fn is_vacant(&self, record: &StringRecord) -> bool {
        self.text(record, "name").trim().eq_ignore_ascii_case(VACANT)
    }

    fn text<'a>(&self, record: &'a StringRecord, column: &str) -> &'a str {
        let index = COLUMNS.iter().position(|name| *name == column);
        let index = index.and_then(|index| self.columns.get(index));
        index.and_then(|index| record.get(*index)).unwrap_or_default()
    }

    fn cell(
        &mut self,
        line: u64,
        record: &StringRecord,
        column: &str,
        parse: impl Fn(&str) -> Result<String, InvalidValue>,
    ) -> Option<String> {
        parse(self.text(record, column)).map_err(|invalid| self.add(line, column, invalid)).ok()
    }

    fn add(&mut self, line: u64, column: &str, invalid: InvalidValue) {
        self.errors.push(field_error(line, column, invalid.code, &invalid.detail));
    }

    fn finish(mut self) -> Result<Register, Problem> {
        if self.register.lines.len() > MAX_LINES {
            self.add(0, "", InvalidValue::new("too_many", "has more than 20000 lines"));
        }
        if self.register.lines.is_empty() && self.errors.is_empty() {
            self.add(1, "", InvalidValue::new("empty", "is not followed by any line"));
        }
        if self.errors.is_empty() { Ok(self.register) } else { Err(Problem::invalid(self.errors)) }
    }
}

fn columns(header: &StringRecord) -> Result<Vec<usize>, Problem> {
    let position = |name: &&str| header.iter().position(|cell| cell.trim() == *name);
    let absent = InvalidValue::new("required", "is missing in the header");
    let missing: Vec<FieldError> = COLUMNS
        .iter()
        .filter(|name| position(name).is_none())
        .map(|name| field_error(1, name, absent.code, &absent.detail))
        .collect();
    if missing.is_empty() {
        Ok(COLUMNS.iter().filter_map(position).collect())
    } else {
        Err(Problem::invalid(missing))
    }
}

/// An error of a cell, or of a whole line if the column is empty.
fn field_error(
    line: u64,
    column: &str,
    code: impl Into<Cow<'static, str>>,
    detail: &str,
) -> FieldError {
    let (pointer, place) = if column.is_empty() {
        (format!("/lines/{line}"), format!("line {line}"))
    } else {
        (format!("/lines/{line}/{column}"), format!("line {line}, column {column}"))
    };
    FieldError::new(pointer, code, format!("{place}: {detail}"))
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
        assert_eq!(found.representatives.len(), 1);
        assert_eq!(found.representatives[0].office_address, "1 Street\nTown");
    }

    #[test]
    fn empty_lines_are_passed_over_and_vacant_seats_have_no_representative() {
        let file = "gss_code,name,party,office_email,office_address,salutation\r\n\
                    ,,,,,\r\nE14001234, Vacant ,,,,\r\n \t,\u{a0},,,,\r\n";
        let found = read(file.as_bytes(), Uuid::nil).unwrap();
        assert_eq!(found.lines, [("E14001234".to_owned(), 3)].into());
        assert!(found.representatives.is_empty());
        let blank = "gss_code,name,party,office_email,office_address,salutation\n,,,,,\n";
        assert_eq!(errors(blank), [("/lines/1".to_owned(), "empty".to_owned())]);
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
