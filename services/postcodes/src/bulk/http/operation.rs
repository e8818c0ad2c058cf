//! The bulk operations: one item in, one result or error out.

use contracts::values::postcode::outcode_number;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    data::Edition,
    dataset::image::Entry,
    error::Error,
    geometry::position::Position,
    outcodes::domain::OutcodeRecord,
    postcode::{domain::search, record::Record},
    postcodes_io::{numbers::real, terminated::TerminatedRecord},
};

/// Radius of `nearest` and `reverse`, in metres, and the number of their results.
const RADIUS_M: f64 = 2_000.0;
const NEAREST: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Lookup,
    Validate,
    Terminated,
    Autocomplete,
    Nearest,
    Reverse,
    Outcode,
}

/// Why one item has no result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ItemError {
    /// Stable, machine-readable.
    pub(super) code: &'static str,
    /// Human-readable.
    pub(super) detail: String,
    /// When and where the postcode was terminated, if that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) terminated: Option<Value>,
}

impl Operation {
    /// Parses the name in the path.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "lookup" => Self::Lookup,
            "validate" => Self::Validate,
            "terminated" => Self::Terminated,
            "autocomplete" => Self::Autocomplete,
            "nearest" => Self::Nearest,
            "reverse" => Self::Reverse,
            "outcode" => Self::Outcode,
            _ => return None,
        })
    }

    /// Columns of a table with the input.
    pub(super) fn inputs(self) -> &'static [&'static str] {
        match self {
            Self::Reverse => &["longitude", "latitude"],
            Self::Outcode => &["outcode"],
            _ => &["postcode"],
        }
    }

    /// Fields of the result that are added to a table by default.
    pub(super) fn outputs(self) -> &'static [&'static str] {
        match self {
            Self::Lookup | Self::Nearest | Self::Reverse => &[
                "postcode",
                "longitude",
                "latitude",
                "country",
                "admin_district",
                "codes.admin_district",
                "constituency.name",
                "constituency.gss_code",
            ],
            Self::Validate => &["valid"],
            Self::Terminated => &["year_terminated", "month_terminated", "longitude", "latitude"],
            Self::Autocomplete => &["0", "1", "2", "3", "4"],
            Self::Outcode => &["outcode", "longitude", "latitude"],
        }
    }

    /// The result of an item.
    pub(super) fn look_up(self, data: &Edition, item: &Value) -> Result<Value, ItemError> {
        match self {
            Self::Reverse => Ok(near(data, position(item)?)),
            Self::Validate => Ok(json!({"valid": live(data, text(item)?).is_ok()})),
            Self::Lookup => Ok(json!(record(data, &live(data, text(item)?)?))),
            Self::Terminated => {
                let entry = data.find(text(item)?)?;
                let record = TerminatedRecord::new(&entry);
                Ok(json!(record.ok_or_else(|| ItemError::new("live", "is not terminated"))?))
            }
            Self::Autocomplete => {
                let entries = search(data, text(item)?, NEAREST).unwrap_or_default();
                Ok(json!(entries.iter().map(Entry::postcode).collect::<Vec<_>>()))
            }
            Self::Nearest => {
                let entry = live(data, text(item)?)?;
                let without_position =
                    || ItemError::new("without_position", "has no position in the directory");
                Ok(near(data, entry.position().ok_or_else(without_position)?))
            }
            Self::Outcode => Ok(json!(outcode(data, text(item)?)?)),
        }
    }
}

impl ItemError {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), terminated: None }
    }
}

impl From<Error> for ItemError {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Malformed(_) => "malformed",
            Error::Unknown | Error::NotLoaded => "unknown",
        };
        Self::new(code, error.to_string())
    }
}

fn text(item: &Value) -> Result<&str, ItemError> {
    item.as_str().ok_or_else(|| ItemError::new("malformed", "must be a string"))
}

fn live<'a>(data: &'a Edition, text: &str) -> Result<Entry<'a>, ItemError> {
    let entry = data.find(text)?;
    match TerminatedRecord::new(&entry) {
        None => Ok(entry),
        Some(record) => Err(ItemError {
            terminated: Some(json!(record)),
            ..ItemError::new("terminated", "is terminated")
        }),
    }
}

/// A position given as numbers, or as text in the cells of a table.
fn position(item: &Value) -> Result<Position, ItemError> {
    let half = |name: &str, most: f64| {
        let number = match item.get(name) {
            Some(Value::String(text)) => real(text),
            other => other.and_then(Value::as_f64),
        };
        let error = || {
            ItemError::new("malformed", format!("{name} must be a number from -{most} to {most}"))
        };
        number.filter(|number| number.abs() <= most).ok_or_else(error)
    };
    Ok(Position { longitude: half("longitude", 180.0)?, latitude: half("latitude", 90.0)? })
}

fn near(data: &Edition, at: Position) -> Value {
    let entries = data.dataset.nearest(at, NEAREST, RADIUS_M).into_iter();
    let records = entries.map(|(entry, far)| record(data, &entry).at_distance(far));
    json!(records.collect::<Vec<_>>())
}

fn record<'a>(data: &'a Edition, entry: &Entry<'a>) -> Record<'a> {
    Record::new(entry, &data.areas).with_additions(entry, &data.areas, true)
}

fn outcode<'a>(data: &'a Edition, text: &str) -> Result<OutcodeRecord<'a>, ItemError> {
    let malformed =
        || ItemError::new("malformed", "must have the form of an outcode, such as AB10");
    let number = outcode_number(text).ok_or_else(malformed)?;
    let record = data.outcodes.get(&data.dataset, &data.areas, number);
    record.ok_or_else(|| ItemError::new("unknown", "has no live postcode"))
}
