//! What the gateway itself refuses. The services do not know this, so their documents do not list it.

use serde_json::{Map, Value, json};

use crate::table::{Access, Entry};

/// Adds the statuses that a caller of this route can get from the gateway; those that the service describes stay.
pub(super) fn add(operation: &mut Map<String, Value>, entry: &Entry) {
    let has_body = operation.contains_key("requestBody");
    let Some(Value::Object(responses)) = operation.get_mut("responses") else { return };
    if entry.access == Access::Link {
        // These are about the gateway's own token, which callers never have.
        responses.remove("401");
        responses.remove("403");
    }
    for (status, name) in refusals(entry, has_body) {
        let shared = json!({"$ref": format!("#/components/responses/{name}")});
        responses.entry(status).or_insert(shared);
    }
}

/// The statuses, and the shared responses that describe them.
fn refusals(entry: &Entry, has_body: bool) -> Vec<(&'static str, &'static str)> {
    let mut refusals = vec![("429", "TooManyRequests")];
    match entry.access {
        Access::Scope(_) | Access::PublicVerb(_) => {
            refusals.extend([("401", "Unauthorized"), ("403", "Forbidden")]);
        }
        Access::Link => refusals.push(("404", "NotFound")),
        Access::Public => {}
    }
    if has_body {
        refusals.extend([("408", "RequestTimeout"), ("413", "PayloadTooLarge")]);
    }
    if entry.service != "gateway" {
        refusals.extend([("503", "ServiceUnavailable"), ("504", "GatewayTimeout")]);
    }
    refusals
}
