//! Merges the operations and components of all services into the gateway's own document. Who may call an operation, and what
//! the gateway itself refuses, comes from the routing table.

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};

use super::refusals;
use crate::table::{Access, Entry};

/// Merges several documents. The first one is the frame: its `info`, `servers` and security schemes are kept.
pub(super) fn merge(parts: Vec<(&'static str, Value)>, table: &[Entry]) -> anyhow::Result<Value> {
    let mut merged = Map::new();
    for (service, part) in parts {
        add(&mut merged, part).with_context(|| format!("the API description of {service}"))?;
    }
    for entry in table {
        if let Some(operation) = operation(&mut merged, entry) {
            operation.insert("security".to_owned(), security(entry.access));
            refusals::add(operation, entry);
        }
    }
    if let Some(Value::Object(info)) = merged.get_mut("info") {
        info.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    }
    Ok(Value::Object(merged))
}

/// Adds a document. Its references to other files become references within the merged document.
fn add(merged: &mut Map<String, Value>, mut part: Value) -> anyhow::Result<()> {
    visit_refs(&mut part, &mut |text| {
        if let Some((_file, pointer)) = text.split_once(".yaml#") {
            *text = format!("#{pointer}");
        }
    });
    let Value::Object(mut part) = part else { return Ok(()) };
    let is_frame = merged.is_empty();
    if let Some(Value::Object(components)) = part.get_mut("components")
        && !is_frame
    {
        components.remove("securitySchemes");
    }
    tag_operations(&mut part);
    for (key, value) in part {
        match (key.as_str(), value) {
            ("tags", Value::Array(tags)) => add_tags(merged, tags),
            ("paths" | "webhooks" | "components", Value::Object(items)) => {
                let Value::Object(into) = merged.entry(key).or_insert_with(|| json!({})) else {
                    continue;
                };
                add_groups(into, items)?;
            }
            (_, value) if is_frame => drop(merged.insert(key, value)),
            _ => {}
        }
    }
    Ok(())
}

/// Adds the members of each group: the methods of a path, the components of a kind. No name may have two meanings.
fn add_groups(into: &mut Map<String, Value>, groups: Map<String, Value>) -> anyhow::Result<()> {
    for (group, members) in groups {
        let Value::Object(members) = members else { continue };
        let Value::Object(into) = into.entry(group.clone()).or_insert_with(|| json!({})) else {
            continue;
        };
        for (name, member) in members {
            let is_free = into.get(&name).is_none_or(|other| *other == member);
            ensure!(is_free, "{group} {name} is described twice, and differently");
            into.insert(name, member);
        }
    }
    Ok(())
}

fn add_tags(merged: &mut Map<String, Value>, tags: Vec<Value>) {
    let Value::Array(into) = merged.entry("tags").or_insert_with(|| json!([])) else { return };
    for tag in tags {
        if !into.iter().any(|known| known.get("name") == tag.get("name")) {
            into.push(tag);
        }
    }
}

/// Gives each operation without tags the first tag of its document.
fn tag_operations(part: &mut Map<String, Value>) {
    let tag = part.get("tags").and_then(|tags| tags.get(0)?.get("name")).cloned();
    let Some(tag) = tag else { return };
    for section in ["paths", "webhooks"] {
        let items = part.get_mut(section).and_then(Value::as_object_mut);
        let items = items.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut);
        for operation in items.flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            operation.entry("tags").or_insert_with(|| json!([tag]));
        }
    }
}

fn operation<'a>(
    merged: &'a mut Map<String, Value>,
    entry: &Entry,
) -> Option<&'a mut Map<String, Value>> {
    let method = entry.method.as_str().to_lowercase();
    merged.get_mut("paths")?.get_mut(entry.path)?.get_mut(method)?.as_object_mut()
}

/// Calls `f` with every `$ref`.
pub(super) fn visit_refs(value: &mut Value, f: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "$ref" => f(text),
                    other => visit_refs(other, f),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit_refs(item, f)),
        _ => {}
    }
}

fn security(access: Access) -> Value {
    match access {
        Access::Scope(scope) => json!([{"session": [scope]}, {"secret_key": [scope]}]),
        Access::PublicVerb(scope) => {
            json!([{"session": [scope]}, {"secret_key": [scope]}, {"publishable_key": [scope]}])
        }
        Access::Link | Access::Public => json!([]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &str, schema: &Value) -> Value {
        json!({
            "info": {"title": path},
            "tags": [{"name": "a"}],
            "paths": {path: {"get": {"x": {"$ref": "../other.yaml#/components/schemas/A"}}}},
            "components": {
                "securitySchemes": {path: {"type": "http"}},
                "schemas": {"A": schema},
            },
        })
    }

    #[test]
    fn references_to_another_file_become_references_within_the_document() {
        let string = json!({"type": "string"});
        let parts = vec![("one", part("/one", &string)), ("two", part("/two", &string))];
        let merged = merge(parts, &[]).unwrap();
        assert_eq!(merged["paths"]["/two"]["get"]["x"]["$ref"], "#/components/schemas/A");
        assert_eq!(merged["paths"]["/two"]["get"]["tags"], json!(["a"]));
        assert_eq!(merged["info"]["title"], "/one");
        assert_eq!(merged["tags"], json!([{"name": "a"}]));
        assert_eq!(merged["components"]["securitySchemes"], json!({"/one": {"type": "http"}}));
    }

    #[test]
    fn a_name_cannot_have_two_meanings() {
        let string = part("/one", &json!({"type": "string"}));
        let number = part("/two", &json!({"type": "number"}));
        let refused = merge(vec![("one", string.clone()), ("two", number)], &[]).unwrap_err();
        assert!(format!("{refused:#}").contains("schemas A"), "{refused:#}");
        let mut other = string.clone();
        other["paths"]["/one"]["get"]["summary"] = json!("another");
        let refused = merge(vec![("one", string), ("two", other)], &[]).unwrap_err();
        assert!(format!("{refused:#}").contains("/one get"), "{refused:#}");
    }
}
