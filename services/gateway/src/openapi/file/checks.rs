//! Checks on the merged document, so that generators make clients of it that work.

use std::collections::{BTreeMap, BTreeSet};

use kit::http::problem::{FieldError, Problem};
use serde_json::{Map, Value};

use super::{merge, merged};
use crate::{
    pages::problems::{self, tests::sources},
    table::{self, Access, Entry},
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every operation under `paths`, with its path and method.
fn operations(merged: &Value) -> Vec<(String, &Map<String, Value>)> {
    let mut operations = Vec::new();
    for (path, item) in merged["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(Value::Object(operation)) = item.get(method) {
                operations.push((format!("{method} {path}"), operation));
            }
        }
    }
    operations
}

/// Every API route of the table, with its operation. Pages and documents are not part of the API.
fn routes(merged: &Value) -> impl Iterator<Item = (&'static Entry, String, &Value)> {
    let entries = table::table().iter().filter(|entry| entry.path.starts_with("/v1/"));
    entries.map(|entry| {
        let method = entry.method.as_str().to_lowercase();
        (entry, format!("{method} {}", entry.path), &merged["paths"][entry.path][&method])
    })
}

/// Calls `f` with every value of the document and the pointer to it.
fn visit(value: &Value, at: &str, f: &mut impl FnMut(&str, &Value)) {
    f(at, value);
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| visit(v, &format!("{at}/{k}"), f)),
        Value::Array(all) => {
            all.iter().enumerate().for_each(|(i, v)| visit(v, &format!("{at}/{i}"), f));
        }
        _ => {}
    }
}

/// What a reference refers to.
fn resolve<'a>(merged: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(text) => resolve(merged, merged.pointer(text.strip_prefix('#').unwrap()).unwrap()),
        None => value,
    }
}

#[test]
fn every_route_of_the_table_is_described_with_what_it_takes() {
    let merged = merged().unwrap();
    let mut missing = Vec::new();
    for (entry, name, operation) in routes(&merged) {
        if operation.is_null() {
            missing.push(name);
        } else if let Some(scope) = entry.access.scope() {
            let scopes = operation["security"].to_string();
            assert!(scopes.contains(scope), "{name}: {scopes}");
        }
    }
    assert!(missing.is_empty(), "not in any openapi.yaml: {missing:#?}");
}

#[test]
fn every_described_operation_is_in_the_table() {
    let merged = merged().unwrap();
    let routes: BTreeSet<String> = routes(&merged).map(|(_, name, _)| name).collect();
    let described = operations(&merged).into_iter().map(|(name, _)| name);
    let unknown: Vec<String> = described.filter(|name| !routes.contains(name)).collect();
    assert!(unknown.is_empty(), "described, but not in the routing table: {unknown:#?}");
}

#[test]
fn every_reference_of_the_merged_document_leads_somewhere() {
    let merged = merged().unwrap();
    let mut refs = Vec::new();
    merge::visit_refs(&mut merged.clone(), &mut |text| refs.push(text.clone()));
    for text in refs {
        let pointer = text.strip_prefix('#').expect("a reference within the document");
        assert!(merged.pointer(pointer).is_some(), "{text}");
    }
}

#[test]
fn components_and_operations_have_names_of_their_own() {
    let merged = merged().unwrap();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for section in ["schemas", "parameters", "responses"] {
        for name in merged["components"][section].as_object().unwrap().keys() {
            let other = owners.insert(name.to_lowercase(), format!("{section} {name}"));
            assert!(other.is_none(), "{section} {name} is also {}", other.unwrap());
        }
    }
    let webhooks = merged["webhooks"].as_object().unwrap().values().map(|item| &item["post"]);
    let ids = operations(&merged).into_iter().map(|(_, operation)| &operation["operationId"]);
    let mut seen = BTreeSet::new();
    for id in ids.chain(webhooks.map(|operation| &operation["operationId"])) {
        assert!(seen.insert(id.as_str().unwrap().to_lowercase()), "two operations are {id}");
    }
}

#[test]
fn every_operation_lists_the_errors_that_it_can_return() {
    let merged = merged().unwrap();
    for (entry, name, operation) in routes(&merged) {
        let mut expected = vec!["429"];
        if entry.access.scope().is_some() {
            expected.extend(["401", "403"]);
        }
        if entry.access == Access::Link {
            expected.push("404");
        }
        if entry.service != "gateway" {
            expected.extend(["503", "504"]);
        }
        if !operation["requestBody"].is_null() {
            expected.extend(["400", "408", "413"]);
        }
        let responses = operation["responses"].as_object().unwrap();
        for status in expected {
            assert!(responses.contains_key(status), "{name} without {status}");
        }
        assert!(!responses.contains_key("default"), "{name}");
    }
}

#[test]
fn schemas_keep_to_what_generators_understand() {
    let merged = merged().unwrap();
    visit(&merged, "", &mut |at, value| {
        let Value::Object(schema) = value else { return };
        if at.ends_with("/properties") || at.ends_with("/example") || at.contains("/examples/") {
            return;
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let is_array = types.contains(&"array");
        assert!(!is_array || schema.contains_key("items"), "{at}: an array without items");
        let is_nullable = types.len() == 2 && types.contains(&"null");
        assert!(types.len() < 2 || is_nullable, "{at}: several types");
        let is_choice = at.contains("/anyOf/") || at.contains("/oneOf/");
        assert!(types != ["null"] || is_choice, "{at}: nothing but null");
        if let Some(Value::Array(values)) = schema.get("enum") {
            assert_eq!(types.len(), 1, "{at}: an enum without one type");
            assert!(!values.contains(&Value::Null), "{at}: null in an enum");
        }
        let is_number = types.contains(&"number");
        assert!(!is_number || schema.get("format").is_some(), "{at}: a number of what precision?");
    });
}

/// postcodes.io ignores unknown fields, and so do its paths here.
const OPEN_BODIES: [&str; 1] = ["post /v1/geo/postcodes"];

#[test]
fn bodies_say_that_unknown_fields_are_refused() {
    let merged = merged().unwrap();
    for (name, operation) in operations(&merged) {
        let Some(body) = operation.get("requestBody") else { continue };
        let schema = &body["content"]["application/json"]["schema"];
        if schema.is_null() || OPEN_BODIES.contains(&name.as_str()) {
            continue;
        }
        let schema = resolve(&merged, schema);
        assert_eq!(schema["additionalProperties"], false, "{name}");
    }
}

#[test]
fn problem_details_are_what_the_kit_sends() {
    let merged = merged().unwrap();
    let (schemas, errors) =
        (&merged["components"]["schemas"], vec![FieldError::new("a", "b", "c")]);
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let required = |schema: &Value| -> BTreeSet<String> {
        let names = schema["required"].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let full = serde_json::to_value(Problem::invalid(errors).detail("d")).unwrap();
    let bare = serde_json::to_value(Problem::unauthorized()).unwrap();
    assert_eq!(keys(&full), keys(&schemas["ProblemDetails"]["properties"]));
    assert_eq!(keys(&bare), required(&schemas["ProblemDetails"]));
    assert_eq!(keys(&full["errors"][0]), keys(&schemas["FieldError"]["properties"]));
    assert_eq!(keys(&full["errors"][0]), required(&schemas["FieldError"]));
}

#[test]
fn examples_of_problems_are_problems_that_the_sources_have() {
    let merged = merged().unwrap();
    let sources = sources();
    let mut seen = 0;
    visit(&merged, "", &mut |at, value| {
        let (Some(code), Some(title)) = (value["code"].as_str(), value["title"].as_str()) else {
            return;
        };
        seen += 1;
        assert!(problems::explanation(code).is_some(), "{at}: {code}");
        assert_eq!(value["type"], format!("/problems/{code}"), "{at}");
        let missing = title.strip_prefix("The ").and_then(|t| t.strip_suffix(" does not exist"));
        let unavailable = title.strip_suffix(" is not available");
        let source = match (missing, unavailable) {
            (Some(what), _) => format!("not_found(\"{what}\")"),
            (None, Some(what)) => format!("unavailable(\"{what}\")"),
            (None, None) => format!("\"{title}\""),
        };
        assert!(sources.contains(&source), "{at}: no source has the title {title:?}");
    });
    assert!(seen > 20, "only {seen} examples");
}
