//! Ids that stand in queries and bodies, as the merged API description names them.

use anyhow::bail;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gateway::table::{Entry, table};
use serde_json::Value;

use super::{
    has_rows,
    requests::{Target, call, route, target},
    shows_nothing_of,
    tenant::{DELETED_ENDPOINT, Tenant},
};

/// Ids of other rows that a request body names. None does today; one that is added needs a request with a foreign id here.
const IDS_IN_BODIES: [&str; 0] = [];

/// Filters by id, and cursors, which are ids too.
pub(crate) async fn ids_in_queries_find_only_own_rows(
    stranger: &Tenant,
    owner: &Tenant,
) -> anyhow::Result<()> {
    let document = owner.driver.get("/openapi.json").await?.json();
    let mut names = Vec::new();
    for entry in table().iter().filter(|entry| entry.path.starts_with("/v1/")) {
        let item = &document["paths"][entry.path];
        let operation = &item[entry.method.as_str().to_lowercase()];
        assert!(operation.is_object(), "{} is not described", route(entry));
        assert_eq!(ids_in_body(&document, operation), IDS_IN_BODIES, "{}", route(entry));
        if let Target::Shared(_) = target(entry, owner)? {
            continue;
        }
        for name in ids_in_query(&document, [item, operation]) {
            let query = format!("{name}={}", value(&name, owner)?);
            shows_no_row(entry, &query, stranger, owner).await?;
            names.push(name);
        }
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["campaign_id", "cursor", "endpoint_id"], "the document was read");
    Ok(())
}

async fn shows_no_row(
    entry: &Entry,
    query: &str,
    stranger: &Tenant,
    owner: &Tenant,
) -> anyhow::Result<()> {
    let path = |of| match target(entry, of)? {
        Target::Row(path) => Ok::<_, anyhow::Error>(format!("{path}?{query}")),
        Target::Collection | Target::Shared(_) => Ok(format!("{}?{query}", entry.path)),
    };
    let theirs = path(stranger)?;
    let answer = call(entry, &theirs, stranger, owner).await?;
    assert_eq!(answer.status, 200, "{theirs}: {}", answer.text);
    shows_nothing_of(owner, &theirs, entry, &answer);
    if !query.starts_with("cursor") {
        assert!(!has_rows(&answer), "{theirs}: {}", answer.text);
        let own = call(entry, &path(owner)?, owner, owner).await?;
        assert!(own.status == 200 && has_rows(&own), "the control, {theirs}: {}", own.text);
    }
    Ok(())
}

fn value(name: &str, of: &Tenant) -> anyhow::Result<String> {
    Ok(match name {
        "campaign_id" => of.rows["/v1/campaigns/{id}"].clone(),
        "endpoint_id" => of.rows[DELETED_ENDPOINT].clone(),
        "cursor" => {
            URL_SAFE_NO_PAD.encode(hex::decode(of.rows["/v1/campaigns/{id}"].replace('-', ""))?)
        }
        _ => bail!("no fixture for the query parameter {name}"),
    })
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|at| document.pointer(at.trim_start_matches('#')));
    target.unwrap_or(value)
}

fn is_id(name: &str, schema: &Value) -> bool {
    schema["format"] == "uuid" || name.ends_with("_id")
}

/// Parameters stand at the path or at the operation.
fn ids_in_query(document: &Value, places: [&Value; 2]) -> Vec<String> {
    let parameters =
        places.into_iter().filter_map(|place| place["parameters"].as_array()).flatten();
    let parameters = parameters.map(|parameter| resolved(document, parameter));
    let queries = parameters.filter(|parameter| parameter["in"] == "query");
    let names =
        queries.filter_map(|parameter| Some((parameter["name"].as_str()?, &parameter["schema"])));
    let ids =
        names.filter(|(name, schema)| *name == "cursor" || is_id(name, resolved(document, schema)));
    ids.map(|(name, _)| name.to_owned()).collect()
}

fn ids_in_body(document: &Value, operation: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(contents) = resolved(document, &operation["requestBody"])["content"].as_object() {
        for content in contents.values() {
            collect(document, &content["schema"], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Properties of a schema, and of all schemas in it, that are ids.
fn collect(document: &Value, schema: &Value, seen: &mut Vec<String>, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        if seen.iter().any(|before| before == name) {
            return;
        }
        seen.push(name.to_owned());
    }
    let schema = resolved(document, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if is_id(name, resolved(document, property)) {
            found.push(name.clone());
        }
        collect(document, property, seen, found);
    }
    for part in ["items", "additionalProperties", "not"] {
        collect_if_schema(document, &schema[part], seen, found);
    }
    for part in ["allOf", "anyOf", "oneOf", "prefixItems"] {
        for each in schema[part].as_array().into_iter().flatten() {
            collect_if_schema(document, each, seen, found);
        }
    }
}

fn collect_if_schema(
    document: &Value,
    schema: &Value,
    seen: &mut Vec<String>,
    found: &mut Vec<String>,
) {
    if schema.is_object() {
        collect(document, schema, seen, found);
    }
}
