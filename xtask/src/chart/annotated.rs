//! Values with their annotations: a comment `-- …` gives the meaning of the key below it, `@schema {…}` what its value may
//! be besides its type.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

/// An annotated file.
pub(super) struct Annotated {
    defaults: Value,
    notes: BTreeMap<String, Note>,
    /// Paths of keys, such as `image.tag`, in the order of the file.
    order: Vec<String>,
}

#[derive(Default)]
struct Note {
    meaning: Option<String>,
    schema: Map<String, Value>,
}

impl Note {
    /// Whether the value is documented as a whole.
    fn is_leaf(&self) -> bool {
        ["additionalProperties", "$ref"].iter().any(|key| self.schema.contains_key(*key))
    }
}

impl Annotated {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let defaults = serde_yaml_ng::from_str(text).context("the values are not YAML")?;
        let (notes, order) = notes(text)?;
        Ok(Self { defaults, notes, order })
    }

    /// The JSON Schema of the values, strict: keys that have no default here are refused.
    pub(super) fn schema(&self) -> Map<String, Value> {
        self.schema_of(&self.defaults, "")
    }

    fn schema_of(&self, value: &Value, path: &str) -> Map<String, Value> {
        let mut schema = Map::new();
        let note = self.notes.get(path);
        if let Some(meaning) = note.and_then(|note| note.meaning.clone()) {
            schema.insert("description".to_owned(), meaning.into());
        }
        let further = note.map(|note| note.schema.clone()).unwrap_or_default();
        if !further.contains_key("$ref") {
            schema.insert("type".to_owned(), kind(value).into());
        }
        if let Value::Object(members) = value
            && !note.is_some_and(Note::is_leaf)
        {
            if members.is_empty() {
                schema.insert("additionalProperties".to_owned(), json!({ "type": "string" }));
            } else {
                let members = members.iter().map(|(key, value)| {
                    (key.clone(), Value::Object(self.schema_of(value, &join(path, key))))
                });
                schema.insert("properties".to_owned(), Value::Object(members.collect()));
                schema.insert("additionalProperties".to_owned(), false.into());
            }
        }
        schema.extend(further);
        schema
    }

    /// The values as rows of a Markdown table; an error names a value without a meaning.
    pub(super) fn rows(&self) -> anyhow::Result<Vec<String>> {
        let mut rows = Vec::new();
        for path in &self.order {
            let value = self.default(path).with_context(|| format!("{path} has no default"))?;
            let note = self.notes.get(path);
            let is_leaf = note.is_some_and(Note::is_leaf)
                || value.as_object().is_none_or(serde_json::Map::is_empty);
            let covered = self.order.iter().any(|above| {
                path.strip_prefix(above.as_str()).is_some_and(|rest| rest.starts_with('.'))
                    && self.notes.get(above).is_some_and(Note::is_leaf)
            });
            if !is_leaf || covered {
                continue;
            }
            let meaning = note.and_then(|note| note.meaning.as_deref());
            let meaning = meaning.with_context(|| format!("{path} needs a comment `# -- …`"))?;
            rows.push(format!("| `{path}` | `{value}` | {meaning} |"));
        }
        Ok(rows)
    }

    fn default(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.defaults, |value, key| value.get(key))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Annotations by path, and the paths in order. Keys inside of lists have none.
fn notes(text: &str) -> anyhow::Result<(BTreeMap<String, Note>, Vec<String>)> {
    let (mut notes, mut order) = (BTreeMap::new(), Vec::new());
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut note = Note::default();
    let mut list: Option<usize> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if list.is_some_and(|list| indent >= list && !trimmed.starts_with('#')) {
            continue;
        }
        list = None;
        if trimmed.is_empty() {
            note = Note::default();
        } else if let Some(meaning) = trimmed.strip_prefix("# -- ") {
            note.meaning = Some(meaning.to_owned());
        } else if let Some(schema) = trimmed.strip_prefix("# @schema ") {
            note.schema = serde_json::from_str(schema)
                .with_context(|| format!("`{trimmed}` is not a JSON object"))?;
        } else if trimmed.starts_with("- ") {
            list = Some(indent);
        } else if !trimmed.starts_with('#') {
            let key = trimmed.split(':').next().unwrap_or(trimmed);
            above.retain(|(other, _)| *other < indent);
            let path = above.last().map_or_else(|| key.to_owned(), |(_, path)| join(path, key));
            above.push((indent, path.clone()));
            order.push(path.clone());
            notes.insert(path, std::mem::take(&mut note));
        }
    }
    Ok((notes, order))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: &str = "\
# -- Hosts
hosts:
  - name: a
image:
  # -- Its tag
  # @schema {\"pattern\": \"^v\"}
  tag: v1
# -- Free
# @schema {\"additionalProperties\": true}
free:
  a: 1
";

    #[test]
    fn the_schema_is_strict_and_has_types_and_annotations() {
        let schema = Value::Object(Annotated::parse(VALUES).unwrap().schema());
        assert_eq!(schema["additionalProperties"], false);
        let tag = &schema["properties"]["image"]["properties"]["tag"];
        assert_eq!(tag, &json!({"type": "string", "description": "Its tag", "pattern": "^v"}));
        assert_eq!(schema["properties"]["free"]["additionalProperties"], true);
        assert_eq!(schema["properties"]["hosts"]["type"], "array");
    }

    #[test]
    fn rows_are_leaves_in_the_order_of_the_file() {
        let rows = Annotated::parse(VALUES).unwrap().rows().unwrap();
        assert_eq!(rows[0], "| `hosts` | `[{\"name\":\"a\"}]` | Hosts |");
        assert_eq!(rows[1], "| `image.tag` | `\"v1\"` | Its tag |");
        assert_eq!(rows[2], "| `free` | `{\"a\":1}` | Free |");
        assert!(Annotated::parse("a: 1\n").unwrap().rows().is_err());
    }
}
