//! Reads a CSV file of representatives: every line is judged, every fault told with its line and column. Pure.

use std::collections::HashSet;

use contracts::values::{InvalidValue, email::EmailAddress};
use csv::StringRecord;
use kit::http::problem::{FieldError, Problem};
use uuid::Uuid;

use super::domain::Representative;
use crate::values;

/// Columns, found by the name in the first line; others are left alone.
const COLUMNS: [&str; 6] =
    ["gss_code", "name", "party", "office_email", "office_address", "salutation"];
/// More representatives than any parliament and all councils of a country have.
const MAX_LINES: usize = 20_000;
/// Faults told at once; a file with more is the wrong file.
const MAX_FAULTS: usize = 100;
const MAX_NAME: usize = 100;
const MAX_ADDRESS: usize = 500;

/// All the lines, or all that is wrong with them.
pub(super) fn read(
    file: &[u8],
    mut next_id: impl FnMut() -> Uuid,
) -> Result<Vec<Representative>, Problem> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.headers().map_err(|_e| Problem::bad_request("not a CSV file in UTF-8"))?;
    let places = places(header)?;
    let mut file = File { places, found: Vec::new(), fields: Vec::new() };
    let mut seen = HashSet::new();
    for record in reader.records() {
        let gss_code = file.take(record, next_id());
        if gss_code.is_some_and(|gss_code| !seen.insert(gss_code)) {
            file.repeated();
        }
        if file.fields.len() >= MAX_FAULTS || file.found.len() > MAX_LINES {
            break;
        }
    }
    file.finish()
}

/// What was read so far.
struct File {
    places: Vec<usize>,
    found: Vec<(u64, Representative)>,
    fields: Vec<FieldError>,
}

impl File {
    /// Takes a line in, or notes its fields; gives its constituency.
    fn take(&mut self, record: csv::Result<StringRecord>, id: Uuid) -> Option<String> {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let number = error.position().map_or(0, csv::Position::line);
                let fault = InvalidValue::new("malformed", "is not text in UTF-8");
                self.fields.push(told(number, "", fault));
                return None;
            }
        };
        let number = record.position().map_or(0, csv::Position::line);
        let mut line =
            Line { record: &record, places: &self.places, number, fields: &mut self.fields };
        let representative = line.parse(id)?;
        let gss_code = representative.gss_code.clone();
        self.found.push((number, representative));
        Some(gss_code)
    }

    /// The line just taken names a constituency of a line before.
    fn repeated(&mut self) {
        let number = self.found.last().map_or(0, |(number, _)| *number);
        let fault = InvalidValue::new("duplicate", "stands in the file twice");
        self.fields.push(told(number, "gss_code", fault));
    }

    fn finish(mut self) -> Result<Vec<Representative>, Problem> {
        if self.found.len() > MAX_LINES {
            let fault = InvalidValue::new("too_many", "more than 20000 lines");
            self.fields.push(told(0, "", fault));
        }
        if self.found.is_empty() && self.fields.is_empty() {
            let fault = InvalidValue::new("empty", "is followed by no line");
            self.fields.push(told(1, "", fault));
        }
        if self.fields.is_empty() {
            Ok(self.found.into_iter().map(|(_, representative)| representative).collect())
        } else {
            Err(Problem::invalid(self.fields))
        }
    }
}

fn places(header: &StringRecord) -> Result<Vec<usize>, Problem> {
    let position = |name: &&str| header.iter().position(|cell| cell.trim() == *name);
    let missing: Vec<FieldError> = COLUMNS
        .iter()
        .filter(|name| position(name).is_none())
        .map(|name| told(1, name, InvalidValue::new("required", "is missing in the header")))
        .collect();
    if missing.is_empty() {
        Ok(COLUMNS.iter().filter_map(position).collect())
    } else {
        Err(Problem::invalid(missing))
    }
}

fn told(line: u64, column: &str, invalid: InvalidValue) -> FieldError {
    let (pointer, place) = if column.is_empty() {
        (format!("/lines/{line}"), format!("line {line}"))
    } else {
        (format!("/lines/{line}/{column}"), format!("line {line}, column {column}"))
    };
    let detail = format!("{place}: {}", invalid.detail);
    FieldError::new(pointer, invalid.code, detail)
}

struct Line<'a> {
    record: &'a StringRecord,
    places: &'a [usize],
    number: u64,
    fields: &'a mut Vec<FieldError>,
}

impl Line<'_> {
    fn parse(&mut self, id: Uuid) -> Option<Representative> {
        let gss_code = self.cell("gss_code", values::gss_code);
        let name = self.cell("name", |text| values::person_name(text, MAX_NAME));
        let party = self.cell("party", |text| values::line(text, MAX_NAME));
        let office_email = self.cell("office_email", EmailAddress::typed);
        let office_address = self.cell("office_address", |text| values::text(text, MAX_ADDRESS));
        let salutation = self.cell("salutation", |text| values::line(text, MAX_NAME));
        Some(Representative {
            id,
            gss_code: gss_code?,
            name: name?,
            party: party?,
            office_email: office_email?,
            office_address: office_address?,
            salutation: salutation?,
        })
    }

    fn cell(
        &mut self,
        column: &str,
        parse: impl Fn(&str) -> Result<String, InvalidValue>,
    ) -> Option<String> {
        let index = COLUMNS.iter().position(|name| *name == column)?;
        let cell = self.record.get(*self.places.get(index)?).unwrap_or_default();
        match parse(cell) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fields.push(told(self.number, column, fault));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(file: &str) -> Vec<(String, String)> {
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
    fn every_fault_is_told_with_line_and_column() {
        let header = "gss_code,name,party,office_email,office_address,salutation\n";
        let file = format!(
            "{header}E14001234,Sam,P,sam@example.invalid,x,Dear Sam\n\
             X1,\"Sam\nBcc: all@example.invalid\",P,nobody,x,Dear\n\
             E14001234,Kim,P,kim@example.invalid,x,Dear Kim\n"
        );
        let told = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(
            faults(&file),
            [
                told("/lines/3/gss_code", "malformed"),
                told("/lines/3/name", "control_character"),
                told("/lines/3/office_email", "malformed"),
                told("/lines/5/gss_code", "duplicate"),
            ]
        );
        assert_eq!(faults("gss_code,name\n").len(), 4);
        assert_eq!(faults(header), [told("/lines/1", "empty")]);
    }
}
