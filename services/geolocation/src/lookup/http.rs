//! Look-ups of IP addresses. Addresses are in paths, queries, bodies and one header, none of which the kit logs.
//!
//! Answers borrow from the databases in use, so the handlers serialise them while they hold these.

mod keycdn;

use std::net::IpAddr;

use actix_web::{
    HttpRequest, HttpResponse, Responder as _,
    web::{Data, Path, Query},
};
use contracts::{geolocation::CLIENT_ADDRESS, values::InvalidValue};
use kit::http::{
    extract::Json,
    fields::Fields,
    problem::{FieldError, Problem},
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::domain::Answer;
use crate::app::App;

/// Most addresses of a bulk request.
const MAX_BULK: usize = 100;
const MALFORMED: InvalidValue =
    InvalidValue::new("malformed", "is neither an IPv4 nor an IPv6 address");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkRequest {
    /// Of any type, so that one that is not a text affects only its own result.
    ips: Vec<Value>,
}

#[derive(Serialize)]
struct BulkView<'a> {
    results: Vec<BulkItem<'a>>,
}

/// The result at the position of its address.
#[derive(Serialize)]
#[serde(untagged)]
enum BulkItem<'a> {
    Answered(Box<Answer<'a>>),
    Invalid { error: FieldError },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyCdnQuery {
    host: String,
}

/// `GET /v1/geo/ip/{ip}`
pub(crate) async fn get(
    app: Data<App>,
    request: HttpRequest,
    text: Path<String>,
) -> Result<HttpResponse, Problem> {
    let address = parse_parameter("ip", &text)?;
    let databases = app.databases.current();
    Ok(Reply::ok(databases.look_up(address)).respond_to(&request))
}

/// `GET /v1/geo/ip`: the caller's own address, which only the gateway knows. Without it the answer is "unknown", since
/// the caller can do nothing about it.
pub(crate) async fn own(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let header = request.headers().get(CLIENT_ADDRESS).and_then(|value| value.to_str().ok());
    let databases = app.databases.current();
    let address = header.and_then(|text| text.parse().ok());
    let answer = address.map_or_else(Answer::unknown, |it| databases.look_up(it));
    Ok(Reply::ok(answer).respond_to(&request))
}

/// `POST /v1/geo/ip`
pub(crate) async fn bulk(
    app: Data<App>,
    request: HttpRequest,
    body: Json<BulkRequest>,
) -> Result<HttpResponse, Problem> {
    let ips = &body.value.ips;
    if ips.is_empty() || ips.len() > MAX_BULK {
        let detail = format!("must be 1 to {MAX_BULK} addresses");
        return Err(Problem::invalid(vec![FieldError::new("/ips", "wrong_length", detail)]));
    }
    let databases = app.databases.current();
    let results = ips.iter().enumerate().map(|(at, ip)| {
        let address = ip.as_str().ok_or(MALFORMED).and_then(parse);
        address.map_or_else(
            |InvalidValue { code, detail }| BulkItem::Invalid {
                error: FieldError::new(format!("/ips/{at}"), code, detail),
            },
            |address| BulkItem::Answered(Box::new(databases.look_up(address))),
        )
    });
    Ok(Reply::ok(BulkView { results: results.collect() }).respond_to(&request))
}

/// `GET /v1/geo/geo.json`
pub(crate) async fn keycdn(
    app: Data<App>,
    request: HttpRequest,
    query: Query<KeyCdnQuery>,
) -> Result<HttpResponse, Problem> {
    let address = parse_parameter("host", &query.host)?;
    let databases = app.databases.current();
    let document = keycdn::document(&query.host, &databases.look_up(address));
    Ok(Reply::ok(document).respond_to(&request))
}

fn parse_parameter(name: &'static str, text: &str) -> Result<IpAddr, Problem> {
    let mut fields = Fields::default();
    let address = fields.required(name, Some(text), parse);
    fields.finish(address)
}

fn parse(text: &str) -> Result<IpAddr, InvalidValue> {
    text.parse().map_err(|_not_repeated| MALFORMED)
}
