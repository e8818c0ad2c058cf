//! A request for each route of the gateway's table: the path with somebody's rows, and a body that the service accepts.

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gateway::table::{Access, Entry};
use integration_tests::driver::Answer;
use reqwest::{Method, header};
use serde_json::{Value, json};

use super::tenant::{self, Tenant};

/// Parameters that name public data, which are the same for everybody.
const PUBLIC: &[(&str, &str)] = &[
    ("{postcode}", "OX41AA"),
    ("{outcode}", "OX4"),
    ("{longitude}", "-1.2165"),
    ("{latitude}", "51.752"),
    ("{code}", "not_found"),
    ("{operation}", "postcodes"),
    ("{prefix}", "0000"),
    ("{gss_code}", "E14001419"),
    ("{kind}", "constituency"),
    ("{z}", "5"),
    ("{x}", "15"),
    ("{y}", "10"),
    ("{ip}", "192.0.2.1"),
];
/// They have no rows of anybody's.
const WITHOUT_TENANTS: [&str; 2] = ["postcodes", "geolocation"];

/// Where a route of the table leads.
pub(crate) enum Target {
    /// To one row of an organisation.
    Row(String),
    /// To all rows of the caller's organisation.
    Collection,
    /// To data that is the same for everybody.
    Shared(String),
}

/// Fails when a parameter of the path has no fixture.
pub(crate) fn target(entry: &Entry, of: &Tenant) -> anyhow::Result<Target> {
    if entry.access == Access::Public || WITHOUT_TENANTS.contains(&entry.service) {
        let path = PUBLIC
            .iter()
            .fold(entry.path.to_owned(), |path, (name, value)| path.replace(name, value));
        return if path.contains('{') {
            bail!("{path}: no value for a parameter")
        } else {
            Ok(Target::Shared(path))
        };
    }
    let Some((before, rest)) = entry.path.split_once('{') else { return Ok(Target::Collection) };
    let (parameter, after) = rest.split_once('}').context("an open parameter")?;
    let row = of.rows.get(route(entry).as_str());
    let row = row.or_else(|| of.rows.get(format!("{before}{{{parameter}}}").as_str()));
    let row = row.with_context(|| {
        format!("{}: no row for {{{parameter}}}: add one to Tenant::fill", route(entry))
    })?;
    if after.contains('{') {
        bail!("{}: this test knows one parameter in a path", entry.path);
    }
    Ok(Target::Row(format!("{before}{row}{after}")))
}

/// Where a stranger tries the row of `of`. The link of a message is a credential by itself, so it is tried under the
/// stranger's own name.
pub(crate) fn stolen(entry: &Entry, of: &Tenant, by: &Tenant) -> anyhow::Result<Target> {
    let (Access::Link, Target::Row(path)) = (entry.access, target(entry, of)?) else {
        return target(entry, of);
    };
    let (before, link) = path.rsplit_once('/').context("a path without a link")?;
    let mut bytes = URL_SAFE_NO_PAD.decode(link)?;
    bytes.splice(..16, hex::decode(by.id.replace('-', ""))?);
    Ok(Target::Row(format!("{before}/{}", URL_SAFE_NO_PAD.encode(bytes))))
}

/// Method and path as in the table.
pub(crate) fn route(entry: &Entry) -> String {
    format!("{} {}", entry.method.as_str(), entry.path)
}

/// Calls a route as `caller`; the body speaks of the people and things of `words`.
pub(crate) async fn call(
    entry: &Entry,
    path: &str,
    caller: &Tenant,
    words: &Tenant,
) -> anyhow::Result<Answer> {
    let (driver, method) = (&caller.driver, Method::from_bytes(entry.method.as_str().as_bytes())?);
    let query = if entry.path.ends_with("/targets") { "?postcode=OX41AA" } else { "" };
    let request = driver.http.request(method.clone(), format!("{}{path}{query}", driver.gateway));
    // A version that the row has, so that nothing but its owner can be the reason of a refusal.
    let request = request.bearer_auth(&driver.secret).header(header::IF_MATCH, "\"1\"");
    let request = match (method, entry.path) {
        (Method::GET | Method::DELETE, _) => request,
        (_, "/v1/representatives/import") => {
            request.header(header::CONTENT_TYPE, "text/csv").body(REPRESENTATIVES)
        }
        (_, "/confirm/{link}") => {
            request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body("")
        }
        _ => request.json(&body(&route(entry), words)),
    };
    driver.send(request).await
}

const REPRESENTATIVES: &str = "gss_code,name,party,office_email,office_address,salutation\n\
    E14001419,Sam Example,Green,sam@office.example.invalid,\"House, London\",Dear Sam Example\n";

fn body(route: &str, words: &Tenant) -> Value {
    let slug = &words.slug;
    match route {
        "PATCH /v1/tenant" | "PATCH /v1/eligibility-areas/{id}" => json!({"name": "Renamed"}),
        "POST /v1/users" => tenant::person(&words.colleague(), slug),
        "POST /v1/api-keys" => tenant::key(slug),
        "POST /v1/campaigns" => tenant::campaign(slug),
        "PATCH /v1/campaigns/{id}" => json!({"title": "Renamed"}),
        "POST /v1/campaigns/{id}/actions" => {
            integration_tests::driver::Driver::action(&words.supporter(), "Sam Supporter")
        }
        "POST /v1/eligibility-areas" => tenant::area(slug),
        "POST /v1/eligibility-areas/{id}/check" => json!({"places": [{"postcode": "OX4 1AA"}]}),
        "POST /v1/erasures" => json!({"email": words.supporter()}),
        "POST /v1/deliveries/{id}/settle" => json!({"outcome": "delivered"}),
        "POST /v1/webhook-endpoints" => tenant::endpoint_of_closed(),
        _ => json!({}),
    }
}
