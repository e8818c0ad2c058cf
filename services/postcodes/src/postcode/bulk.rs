//! The bulk route of postcodes.io: many postcodes or positions. With our `positions=keep` every item is answered at its
//! position, and one that cannot be read has an error there instead of being dropped or failing the whole request.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{nearest::Given, record::Record};
use crate::{
    data::Data,
    dataset::image::Entry,
    postcodes_io::{
        body::Body, error::ErrorResponse, filter::Filter, parameters::Parameters,
        terminated::Termination,
    },
};

/// Most items of a request.
pub(super) const MAX_ITEMS: usize = 100;

/// The answer for one item. It is serialised directly from the data: a hundred records as JSON values would take ten times
/// the memory.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    query: Value,
    result: Outcome<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminated: Option<Termination>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome<'a> {
    Nothing,
    Record(Box<Record<'a>>),
    Records(Vec<Record<'a>>),
    Filtered(Value),
}

/// Answers a bulk request.
pub(super) fn answer<'a>(
    data: &'a Data,
    body: &Body,
    parameters: &Parameters,
) -> Result<Vec<Answer<'a>>, ErrorResponse> {
    let given = |name: &str| body.0.get(name).filter(|value| is_truthy(value));
    let filter = parameters.text(&["filter"]).map(Filter::parse);
    let mut answers = match (given("postcodes"), given("geolocations")) {
        (Some(postcodes), _) => {
            let items = list(postcodes, ErrorResponse::TooManyPostcodes)?;
            by_postcode(data, items, parameters)
        }
        (None, Some(geolocations)) => {
            let items = list(geolocations, ErrorResponse::TooManyGeolocations)?;
            by_position(data, items, parameters)?
        }
        (None, None) => return Err(ErrorResponse::InvalidJsonQuery),
    };
    if let Some(filter) = filter {
        for answer in &mut answers {
            answer.result.keep(&filter);
        }
    }
    Ok(answers)
}

fn list(value: &Value, too_many: ErrorResponse) -> Result<&[Value], ErrorResponse> {
    let items = value.as_array().ok_or(ErrorResponse::ArrayRequired)?;
    if items.len() > MAX_ITEMS { Err(too_many) } else { Ok(items) }
}

/// Whether JavaScript treats a value as true, which is all that postcodes.io checks to decide what a body asks for.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn by_postcode<'a>(data: &'a Data, items: &[Value], parameters: &Parameters) -> Vec<Answer<'a>> {
    let keeps = keeps_positions(parameters);
    let hints = parameters.is_true("terminated");
    let additions = parameters.is_true("additions");
    let answer = |item: &Value| {
        let Some(text) = item.as_str() else {
            return keeps.then(|| Answer::of(item.clone(), Err("must be a string".into())));
        };
        let found = data.find(text);
        let terminated = found.as_ref().ok().and_then(Termination::of);
        let live = found.as_ref().ok().filter(|entry| entry.is_live());
        let record = |entry: &Entry<'a>| {
            let record = Record::of(entry, &data.areas);
            Outcome::Record(Box::new(record.with_additions(entry, &data.areas, additions)))
        };
        let record = live.map(record);
        let answer = Answer::of(item.clone(), Ok(record));
        Some(Answer { terminated: terminated.filter(|_| hints), ..answer })
    };
    items.iter().filter_map(answer).collect()
}

fn by_position<'a>(
    data: &'a Data,
    items: &[Value],
    parameters: &Parameters,
) -> Result<Vec<Answer<'a>>, ErrorResponse> {
    let keeps = keeps_positions(parameters);
    let answer = |item: &Value| {
        let asked = Asked::of(item, parameters);
        let query = Value::Object(asked.echoed());
        match asked.given().read() {
            Ok(near) => Ok(Answer::of(query, Ok(near.records(data).map(Outcome::Records)))),
            Err(error) if keeps => Ok(Answer::of(query, Err(json!(error.message())))),
            Err(refused) => Err(refused),
        }
    };
    items.iter().map(answer).collect()
}

impl<'a> Answer<'a> {
    fn of(query: Value, found: Result<Option<Outcome<'a>>, Value>) -> Self {
        let (result, error) = match found {
            Ok(found) => (found.unwrap_or(Outcome::Nothing), None),
            Err(error) => (Outcome::Nothing, Some(error)),
        };
        Self { query, result, error, terminated: None }
    }
}

impl Outcome<'_> {
    /// Keeps only some fields of the records.
    fn keep(&mut self, filter: &Filter) {
        let mut value = serde_json::to_value(&*self).unwrap_or_default();
        filter.apply(&mut value);
        *self = Outcome::Filtered(value);
    }
}

fn keeps_positions(parameters: &Parameters) -> bool {
    parameters.text(&["positions"]) == Some("keep")
}

/// One position of a request, with the parameters of the request.
struct Asked {
    fields: Map<String, Value>,
    texts: Vec<(String, String)>,
    wide: bool,
    uncapped: bool,
    additions: bool,
}

impl Asked {
    fn of(item: &Value, parameters: &Parameters) -> Self {
        let mut fields = Map::new();
        for name in ["limit", "radius"] {
            if let Some(text) = parameters.text(&[name]) {
                fields.insert(name.to_owned(), text.into());
            }
        }
        if parameters.is_set(&["widesearch"]) {
            fields.insert("widesearch".to_owned(), true.into());
        }
        fields.extend(item.as_object().cloned().unwrap_or_default());
        let truthy = fields.iter().filter(|(_, value)| is_truthy(value));
        let texts = truthy.map(|(name, value)| (name.clone(), number_text(value))).collect();
        let is_set = |name: &str| fields.get(name).is_some_and(is_truthy);
        let wide = is_set("widesearch") || is_set("wideSearch");
        let uncapped = parameters.is_true("uncapped");
        let additions = parameters.is_true("additions");
        Self { fields, texts, wide, uncapped, additions }
    }

    fn given(&self) -> Given<'_> {
        let text = |wanted: &str| {
            let found = self.texts.iter().find(|(name, _)| name == wanted);
            found.map(|(_, text)| text.as_str())
        };
        // In postcodes.io, zero means no limit and no radius, but is a valid coordinate.
        let place = |name: &str| match self.fields.get(name) {
            Some(Value::Number(number)) if number.as_f64() == Some(0.0) => Some("0"),
            _ => text(name),
        };
        Given {
            longitude: place("longitude"),
            latitude: place("latitude"),
            limit: text("limit"),
            radius: text("radius"),
            wide: self.wide,
            uncapped: self.uncapped,
            additions: self.additions,
        }
    }

    /// The five fields that postcodes.io echoes, as the caller wrote them.
    fn echoed(&self) -> Map<String, Value> {
        const ECHOED: [&str; 5] = ["limit", "longitude", "latitude", "radius", "widesearch"];
        let is_echoed = |name: &str| ECHOED.contains(&name.to_lowercase().as_str());
        let kept = self.fields.iter().filter(|(name, _)| is_echoed(name));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// A value as the text that a number is parsed from; anything else is not a number.
fn number_text(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}
