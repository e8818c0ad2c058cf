//! Look-ups over HTTP. Addresses stand in paths, queries, bodies and one header, none of which the kit logs.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, web};
use contracts::geolocation::CLIENT_ADDRESS;
use kit::http::{
    extract::Json,
    problem::{FieldError, Problem},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{domain::Answer, keycdn};
use crate::{app::App, error::Error};

/// Addresses of one bulk request.
const MAX_BULK: usize = 100;

/// `POST /v1/geo/ip`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bulk {
    /// Of any type, so that one that is no text spoils only its own place.
    ips: Vec<Value>,
}

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<BulkItem<'a>>,
}

/// At the position of the address that was asked for.
#[derive(Serialize)]
#[serde(untagged)]
enum BulkItem<'a> {
    Found(Box<Answer<'a>>),
    Refused { error: FieldError },
}

/// `GET /v1/geo/geo.json`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyCdn {
    host: String,
}

/// `GET /v1/geo/ip/{ip}`
pub async fn get(app: web::Data<App>, text: web::Path<String>) -> Result<HttpResponse, Problem> {
    let address = parse("ip", &text)?;
    Ok(HttpResponse::Ok().json(app.databases.now().look_up(address)))
}

/// `GET /v1/geo/ip`: the caller's own address, which only the gateway knows. Whoever comes past the gateway without
/// one is told nothing; that is no fault of a supporter's.
pub async fn own(app: web::Data<App>, req: HttpRequest) -> HttpResponse {
    let told = req.headers().get(CLIENT_ADDRESS).and_then(|value| value.to_str().ok());
    let databases = app.databases.now();
    let address = told.and_then(|text| text.parse().ok());
    HttpResponse::Ok().json(address.map_or_else(Answer::unknown, |it| databases.look_up(it)))
}

/// `POST /v1/geo/ip`
pub(crate) async fn bulk(app: web::Data<App>, body: Json<Bulk>) -> Result<HttpResponse, Problem> {
    let ips = &body.value.ips;
    if ips.is_empty() || ips.len() > MAX_BULK {
        let detail = format!("must be 1 to {MAX_BULK} addresses");
        return Err(Problem::invalid(vec![FieldError::new("/ips", "wrong_length", detail)]));
    }
    let databases = app.databases.now();
    let results = ips.iter().enumerate().map(|(at, ip)| {
        let address = ip.as_str().and_then(|text| text.parse().ok());
        match address {
            Some(address) => BulkItem::Found(Box::new(databases.look_up(address))),
            None => BulkItem::Refused { error: malformed(format!("/ips/{at}")) },
        }
    });
    Ok(HttpResponse::Ok().json(Results { results: results.collect() }))
}

/// `GET /v1/geo/geo.json`
pub(crate) async fn keycdn(
    app: web::Data<App>,
    query: web::Query<KeyCdn>,
) -> Result<HttpResponse, Problem> {
    let address = parse("host", &query.host)?;
    let databases = app.databases.now();
    let answer = databases.look_up(address);
    Ok(HttpResponse::Ok().json(keycdn::document(&query.host, &answer)))
}

fn parse(field: &'static str, text: &str) -> Result<IpAddr, Error> {
    text.parse().map_err(|_not_repeated| Error::Malformed { field })
}

fn malformed(pointer: String) -> FieldError {
    FieldError::new(pointer, "malformed", Error::NO_ADDRESS)
}
