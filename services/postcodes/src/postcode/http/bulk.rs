//! The bulk route of postcodes.io: many postcodes or positions. With our `positions=keep` every item has its result at its
//! position, and one that cannot be read has an error there instead of being dropped or failing the whole request.

use serde::Serialize;
use serde_json::{Map, Value};

use super::nearest::NearestQuery;
use crate::{
    data::Edition,
    dataset::image::Entry,
    postcode::record::Record,
    postcodes_io::{
        http::{body::Body, error::ErrorResponse, filter::Filter, parameters::Parameters},
        terminated::Termination,
    },
};

/// Most items of a request.
const MAX_ITEMS: usize = 100;

/// The result of one item. It is serialised directly from the data: a hundred records as JSON values would take ten times
/// the memory.
#[derive(Serialize)]
pub(super) struct ItemView<'a> {
    query: Value,
    result: ResultView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminated: Option<Termination>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ResultView<'a> {
    Nothing,
    Record(Box<Record<'a>>),
    Records(Vec<Record<'a>>),
    Filtered(Value),
}

/// Looks up the postcodes or positions of a body.
pub(super) fn look_up<'a>(
    data: &'a Edition,
    body: &Body,
    parameters: &Parameters,
) -> Result<Vec<ItemView<'a>>, ErrorResponse> {
    let given = |name: &str| body.0.get(name).filter(|value| is_truthy(value));
    let mut items = match (given("postcodes"), given("geolocations")) {
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
    if let Some(filter) = parameters.text(&["filter"]).map(Filter::parse) {
        for item in &mut items {
            let mut result = serde_json::to_value(&item.result).unwrap_or_default();
            filter.apply(&mut result);
            item.result = ResultView::Filtered(result);
        }
    }
    Ok(items)
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

fn by_postcode<'a>(
    data: &'a Edition,
    items: &[Value],
    parameters: &Parameters,
) -> Vec<ItemView<'a>> {
    let keeps_positions = keeps_positions(parameters);
    let with_termination = parameters.is_true("terminated");
    let additions = parameters.is_true("additions");
    let view = |item: &Value| {
        let Some(text) = item.as_str() else {
            return keeps_positions.then(|| ItemView::invalid(item.clone(), "must be a string"));
        };
        let entry = data.find(text).ok();
        let terminated = entry.as_ref().filter(|_| with_termination).and_then(Termination::new);
        let record = entry.filter(Entry::is_live).map(|entry| {
            let record = Record::new(&entry, &data.areas);
            ResultView::Record(Box::new(record.with_additions(&entry, &data.areas, additions)))
        });
        Some(ItemView { terminated, ..ItemView::new(item.clone(), record) })
    };
    items.iter().filter_map(view).collect()
}

fn by_position<'a>(
    data: &'a Edition,
    items: &[Value],
    parameters: &Parameters,
) -> Result<Vec<ItemView<'a>>, ErrorResponse> {
    let keeps_positions = keeps_positions(parameters);
    let view = |item: &Value| {
        let item = PositionItem::new(item, parameters);
        let query = Value::Object(item.echo());
        match item.query().parse() {
            Ok(search) => Ok(ItemView::new(query, search.records(data).map(ResultView::Records))),
            Err(error) if keeps_positions => Ok(ItemView::invalid(query, error.message())),
            Err(error) => Err(error),
        }
    };
    items.iter().map(view).collect()
}

impl<'a> ItemView<'a> {
    fn new(query: Value, result: Option<ResultView<'a>>) -> Self {
        let result = result.unwrap_or(ResultView::Nothing);
        Self { query, result, error: None, terminated: None }
    }

    fn invalid(query: Value, error: &'static str) -> Self {
        Self { error: Some(error), ..Self::new(query, None) }
    }
}

fn keeps_positions(parameters: &Parameters) -> bool {
    parameters.text(&["positions"]) == Some("keep")
}

/// One position of a request, with the parameters of the request.
struct PositionItem {
    fields: Map<String, Value>,
    texts: Vec<(String, String)>,
    wide: bool,
    uncapped: bool,
    additions: bool,
}

impl PositionItem {
    fn new(item: &Value, parameters: &Parameters) -> Self {
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

    fn query(&self) -> NearestQuery<'_> {
        let text = |wanted: &str| {
            let named = self.texts.iter().find(|(name, _)| name == wanted);
            named.map(|(_, text)| text.as_str())
        };
        // In postcodes.io, zero means no limit and no radius, but is a valid coordinate.
        let place = |name: &str| match self.fields.get(name) {
            Some(Value::Number(number)) if number.as_f64() == Some(0.0) => Some("0"),
            _ => text(name),
        };
        NearestQuery {
            position: place("longitude").zip(place("latitude")),
            limit: text("limit"),
            radius: text("radius"),
            wide: self.wide,
            uncapped: self.uncapped,
            additions: self.additions,
        }
    }

    /// The five fields that postcodes.io echoes, as the caller wrote them.
    fn echo(&self) -> Map<String, Value> {
        const ECHOED: [&str; 5] = ["limit", "longitude", "latitude", "radius", "widesearch"];
        let is_echoed = |name: &str| ECHOED.contains(&name.to_lowercase().as_str());
        let echo = self.fields.iter().filter(|(name, _)| is_echoed(name));
        echo.map(|(name, value)| (name.clone(), value.clone())).collect()
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
