//! The bulk route: JSON in, JSON out; CSV in, CSV out.

mod operation;
mod table;

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, Responder,
    http::StatusCode,
    web::{Bytes, Data, Path, Payload, Query},
};
use kit::http::{
    extract,
    problem::{FieldError, Problem},
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::operation::{ItemError, Operation};
use crate::{app::App, http::run_blocking};

/// Largest body, in bytes: ten thousand rows of a hundred bytes.
const MAX_BODY: usize = 1024 * 1024;
/// Most items of a JSON body.
const MAX_ITEMS: usize = 1_000;

/// Which columns are added to a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableQuery {
    fields: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsRequest {
    items: Vec<Value>,
}

#[derive(Serialize)]
struct ItemsView {
    data: Vec<ItemView>,
}

#[derive(Serialize)]
struct ItemView {
    item: Value,
    result: Option<Value>,
    error: Option<ItemError>,
}

/// `POST /v1/geo/bulk/{operation}`
pub async fn look_up(
    app: Data<App>,
    operation: Path<String>,
    query: Query<TableQuery>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    app.data()?;
    let operation = Operation::parse(&operation).ok_or_else(|| Problem::not_found("operation"))?;
    let body = extract::read_body(payload.into_inner(), MAX_BODY).await?;
    match request.content_type().to_ascii_lowercase().as_str() {
        "application/json" => {
            let view = look_up_items(app, operation, &body).await?;
            Ok(Reply::ok(view).respond_to(&request))
        }
        "text/csv" => {
            let fields = table::parse_fields(query.fields.as_deref(), operation)?;
            let work = move |data: &_| table::look_up(data, operation, &body, &fields);
            let table = run_blocking(app, work).await?;
            Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(table))
        }
        _ => {
            let (code, title) =
                ("unsupported_media_type", "The body must be application/json or text/csv");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, title))
        }
    }
}

async fn look_up_items(
    app: Data<App>,
    operation: Operation,
    body: &Bytes,
) -> Result<ItemsView, Problem> {
    let ItemsRequest { items } = extract::parse_json(body)?;
    if items.len() > MAX_ITEMS {
        let detail = format!("must have at most {MAX_ITEMS} items");
        return Err(Problem::invalid(vec![FieldError::new("/items", "too_long", detail)]));
    }
    run_blocking(app, move |data| {
        let view = |item: Value| match operation.look_up(data, &item) {
            Ok(result) => ItemView { item, result: Some(result), error: None },
            Err(error) => ItemView { item, result: None, error: Some(error) },
        };
        Ok(ItemsView { data: items.into_iter().map(view).collect() })
    })
    .await
}
