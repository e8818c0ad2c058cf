//! Merging: paths side by side, equal components once, unequal ones of one name under the service's own; who may call
//! comes from the routing table alone.

use serde_json::{Map, Value, json};

use crate::table::{Access, Entry};

/// One document out of several; `table` says what each operation takes.
pub(crate) fn merge(parts: Vec<(&'static str, Value)>, table: &[Entry]) -> Value {
    let (mut paths, mut components) = (Map::new(), Map::new());
    for (service, mut part) in parts {
        rename_conflicts(service, &mut part, &components);
        for (section, named) in take_object(&mut part, "components") {
            let Value::Object(named) = named else { continue };
            if section != "securitySchemes"
                && let Value::Object(into) = components.entry(section).or_insert_with(|| json!({}))
            {
                into.extend(named);
            }
        }
        for (path, item) in take_object(&mut part, "paths") {
            let Value::Object(operations) = item else { continue };
            let Value::Object(into) = paths.entry(path).or_insert_with(|| json!({})) else {
                continue;
            };
            for (method, mut operation) in operations {
                if let Value::Object(operation) = &mut operation {
                    operation.entry("tags").or_insert_with(|| json!([service]));
                }
                into.insert(method, operation);
            }
        }
    }
    for entry in table {
        let method = entry.method.as_str().to_lowercase();
        let operation = paths.get_mut(entry.path).and_then(|item| item.get_mut(&method));
        if let Some(Value::Object(operation)) = operation {
            operation.insert("security".to_owned(), security(entry.access));
        }
    }
    components.insert("securitySchemes".to_owned(), schemes());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Folkmoot",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The open backend for organisations that campaign.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components,
    })
}

/// Calls `f` with every `$ref`.
pub(crate) fn visit_refs(value: &mut Value, f: &mut impl FnMut(&mut String)) {
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

/// A component whose name is taken by another content gets the service's name in front.
fn rename_conflicts(service: &str, part: &mut Value, taken: &Map<String, Value>) {
    let mut renamed = Vec::new();
    let sections = part.get("components").and_then(Value::as_object);
    for (section, named) in sections.into_iter().flatten() {
        for (name, content) in named.as_object().into_iter().flatten() {
            let other = taken.get(section).and_then(|named| named.get(name));
            if other.is_some_and(|other| other != content) {
                renamed.push((section.clone(), name.clone(), format!("{service}_{name}")));
            }
        }
    }
    for (section, name, new_name) in renamed {
        let named = part.pointer_mut(&format!("/components/{section}"));
        if let Some(Value::Object(named)) = named
            && let Some(content) = named.remove(&name)
        {
            named.insert(new_name.clone(), content);
        }
        let old = format!("#/components/{section}/{name}");
        visit_refs(part, &mut |text| {
            if *text == old {
                *text = format!("#/components/{section}/{new_name}");
            }
        });
    }
}

fn take_object(part: &mut Value, key: &str) -> Map<String, Value> {
    match part.get_mut(key).map(Value::take) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
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

fn schemes() -> Value {
    json!({
        "session": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The access token of a session: POST /v1/sessions.",
        },
        "secret_key": {
            "type": "http", "scheme": "bearer",
            "description": "`sk_…`: for servers. A browser that sends one is refused.",
        },
        "publishable_key": {
            "type": "http", "scheme": "bearer",
            "description": "`pk_…`: for pages of listed origins; public verbs only.",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unequal_components_of_one_name_are_kept_apart_with_their_references() {
        let part = |kind: &str| {
            json!({
                "paths": {format!("/{kind}"): {"get": {"x": {"$ref": "#/components/schemas/A"}}}},
                "components": {"schemas": {"A": {"type": kind}, "B": {"type": "null"}}},
            })
        };
        let merged = merge(vec![("one", part("string")), ("two", part("number"))], &[]);
        assert_eq!(merged["components"]["schemas"]["A"]["type"], "string");
        assert_eq!(merged["components"]["schemas"]["two_A"]["type"], "number");
        assert_eq!(merged["paths"]["/number"]["get"]["x"]["$ref"], "#/components/schemas/two_A");
        assert_eq!(merged["paths"]["/string"]["get"]["x"]["$ref"], "#/components/schemas/A");
        assert_eq!(merged["components"]["schemas"].as_object().unwrap().len(), 3);
    }
}
