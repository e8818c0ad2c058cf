//! Bulk look-ups of the rows of a CSV table, whose results are added as columns.

use csv::StringRecord;
use kit::http::problem::{FieldError, Problem};
use serde_json::{Map, Value};

use super::operation::Operation;
use crate::data::Data;

/// Most rows of a table, without its headings.
const MAX_ROWS: usize = 10_000;
/// Most columns that can be added.
const MAX_FIELDS: usize = 64;
/// Prefix of the names of added columns, to keep them apart from the caller's own.
const PREFIX: &str = "found.";

/// The fields in the request, or the defaults of the operation.
pub(super) fn fields(asked: Option<&str>, operation: Operation) -> Result<Vec<String>, Problem> {
    let Some(asked) = asked else {
        return Ok(operation.outputs().iter().map(|field| (*field).to_owned()).collect());
    };
    let fields: Vec<String> = asked.split(',').map(|field| field.trim().to_owned()).collect();
    if fields.len() > MAX_FIELDS || fields.iter().any(String::is_empty) {
        let detail = format!("must be at most {MAX_FIELDS} names separated by commas");
        return Err(Problem::invalid(vec![FieldError::new("fields", "malformed", detail)]));
    }
    Ok(fields)
}

/// Answers every row.
pub(super) fn answer(
    data: &Data,
    operation: Operation,
    body: &[u8],
    fields: &[String],
) -> Result<Vec<u8>, Problem> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(body);
    let headings = reader.headers().map_err(|error| invalid(&error))?.clone();
    let inputs = inputs(operation, &headings)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let new = fields.iter().map(|field| format!("{PREFIX}{field}"));
    let new = new.chain([format!("{PREFIX}error")]);
    let all: Vec<String> = headings.iter().map(str::to_owned).chain(new).collect();
    write(&mut writer, &all)?;
    for (number, row) in reader.records().enumerate() {
        let row = row.map_err(|error| invalid(&error))?;
        if number >= MAX_ROWS {
            return Err(Problem::bad_request(format!("The table has more than {MAX_ROWS} rows")));
        }
        write(&mut writer, &answered(data, operation, &row, &inputs, fields))?;
    }
    writer.into_inner().map_err(|error| Problem::internal(&anyhow::anyhow!("{error}")))
}

fn answered(
    data: &Data,
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
    let (result, error) = match operation.answer(data, &item) {
        Ok(Value::Array(mut all)) if operation != Operation::Autocomplete => {
            let first = if all.is_empty() { Value::Null } else { all.swap_remove(0) };
            (first, "")
        }
        Ok(result) => (result, ""),
        Err(error) => (error.terminated.unwrap_or_default(), error.code),
    };
    let found = fields.iter().map(|field| text(&result, field));
    row.iter().map(str::to_owned).chain(found).chain([error.to_owned()]).collect()
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

fn inputs(
    operation: Operation,
    headings: &StringRecord,
) -> Result<Vec<(&'static str, usize)>, Problem> {
    let find = |name: &&'static str| {
        let at = headings.iter().position(|heading| heading.trim().eq_ignore_ascii_case(name));
        at.map(|at| (*name, at))
            .ok_or_else(|| FieldError::new(*name, "required", "must be the heading of a column"))
    };
    let (found, missing): (Vec<_>, Vec<_>) =
        operation.inputs().iter().map(find).partition(Result::is_ok);
    if missing.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    Err(Problem::invalid(missing.into_iter().filter_map(Result::err).collect()))
}

fn invalid(error: &csv::Error) -> Problem {
    let line = error.position().map_or(0, csv::Position::line);
    Problem::bad_request(format!(
        "The table must be in UTF-8, with the same number of cells in each row: error in line {line}"
    ))
}

fn write(writer: &mut csv::Writer<Vec<u8>>, row: &[String]) -> Result<(), Problem> {
    writer.write_record(row).map_err(|error| Problem::internal(&error.into()))
}
