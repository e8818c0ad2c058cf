//! Bulk look-ups of the rows of a CSV table, whose results are added as columns.

use contracts::values::InvalidValue;
use csv::StringRecord;
use kit::http::{
    fields::Fields,
    problem::{FieldError, Problem},
};
use serde_json::{Map, Value};

use super::operation::Operation;
use crate::data::Edition;

/// Most rows of a table, without its headings.
const MAX_ROWS: usize = 10_000;
/// Most columns that can be added.
const MAX_FIELDS: usize = 64;
/// Prefix of the names of added columns, to keep them apart from the caller's own.
const PREFIX: &str = "found.";

/// The fields in the request, or the defaults of the operation.
pub(super) fn parse_fields(
    given: Option<&str>,
    operation: Operation,
) -> Result<Vec<String>, Problem> {
    let Some(given) = given else {
        return Ok(operation.outputs().iter().map(|field| (*field).to_owned()).collect());
    };
    let fields: Vec<String> = given.split(',').map(|field| field.trim().to_owned()).collect();
    if fields.len() > MAX_FIELDS || fields.iter().any(String::is_empty) {
        let detail = format!("must be at most {MAX_FIELDS} names separated by commas");
        return Err(Problem::invalid(vec![FieldError::new("fields", "malformed", detail)]));
    }
    Ok(fields)
}

/// Looks up every row.
pub(super) fn look_up(
    data: &Edition,
    operation: Operation,
    body: &[u8],
    fields: &[String],
) -> Result<Vec<u8>, Problem> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(body);
    let headings = reader.headers().map_err(|error| invalid(body, &error))?.clone();
    let inputs = find_inputs(operation, &headings)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let new = fields.iter().map(|field| format!("{PREFIX}{field}"));
    let new = new.chain([format!("{PREFIX}error")]);
    let all: Vec<String> = headings.iter().map(str::to_owned).chain(new).collect();
    write(&mut writer, &all)?;
    for (number, row) in reader.records().enumerate() {
        let row = row.map_err(|error| invalid(body, &error))?;
        if number >= MAX_ROWS {
            return Err(Problem::bad_request(format!("The table has more than {MAX_ROWS} rows")));
        }
        write(&mut writer, &look_up_row(data, operation, &row, &inputs, fields))?;
    }
    writer.into_inner().map_err(|error| Problem::internal(&anyhow::anyhow!("{error}")))
}

fn look_up_row(
    data: &Edition,
    operation: Operation,
    row: &StringRecord,
    inputs: &[(&'static str, usize)],
    fields: &[String],
) -> Vec<String> {
    let cell = |column: usize| row.get(column).unwrap_or_default();
    let item = match inputs {
        [(_, only)] => Value::from(cell(*only)),
        several => {
            let item: Map<String, Value> =
                several.iter().map(|(name, at)| ((*name).to_owned(), cell(*at).into())).collect();
            Value::Object(item)
        }
    };
    let (result, error) = match operation.look_up(data, &item) {
        Ok(Value::Array(mut all)) if operation != Operation::Autocomplete => {
            let first = if all.is_empty() { Value::Null } else { all.swap_remove(0) };
            (first, "")
        }
        Ok(result) => (result, ""),
        Err(error) => (error.terminated.unwrap_or_default(), error.code),
    };
    let added = fields.iter().map(|field| text(&result, field));
    row.iter().map(str::to_owned).chain(added).chain([error.to_owned()]).collect()
}

/// A field by its path: `codes.admin_district`, or a number in a list.
fn text(result: &Value, field: &str) -> String {
    let pointer = format!("/{}", field.replace('~', "~0").replace('/', "~1").replace('.', "/"));
    match result.pointer(&pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn find_inputs(
    operation: Operation,
    headings: &StringRecord,
) -> Result<Vec<(&'static str, usize)>, Problem> {
    let mut fields = Fields::default();
    let columns: Vec<_> = operation
        .inputs()
        .iter()
        .filter_map(|name| {
            let column =
                headings.iter().position(|heading| heading.trim().eq_ignore_ascii_case(name));
            if column.is_none() {
                fields.add(*name, InvalidValue::new("required", "must be the heading of a column"));
            }
            column.map(|column| (*name, column))
        })
        .collect();
    fields.finish(Some(columns))
}

fn invalid(body: &[u8], error: &csv::Error) -> Problem {
    // Where lines end in CRLF, the csv crate takes each record to begin at the LF before it.
    let at = error.position().and_then(|position| usize::try_from(position.byte()).ok());
    let before = body.iter().take(at.map_or(0, |at| at + 1));
    let line = 1 + before.filter(|byte| **byte == b'\n').count();
    Problem::bad_request(format!(
        "The table must be in UTF-8, with the same number of cells in each row: error in line {line}"
    ))
}

fn write(writer: &mut csv::Writer<Vec<u8>>, row: &[String]) -> Result<(), Problem> {
    writer.write_record(row).map_err(|error| Problem::internal(&error.into()))
}
