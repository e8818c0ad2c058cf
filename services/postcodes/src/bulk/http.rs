//! The bulk route: JSON in, JSON out; CSV in, CSV out.

use std::sync::Arc;

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, http::StatusCode, web};
use kit::http::{
    extract,
    problem::{FieldError, Problem},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    operation::{ItemError, Operation},
    table,
};
use crate::{app::App, data::Data};

/// Largest body, in bytes: ten thousand rows of a hundred bytes.
const MAX_BODY: usize = 1024 * 1024;
/// Most items of a JSON body.
const MAX_ITEMS: usize = 1_000;

/// Which columns are added to a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    fields: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Items {
    items: Vec<Value>,
}

#[derive(Serialize)]
struct Answer {
    data: Vec<Answered>,
}

#[derive(Serialize)]
struct Answered {
    item: Value,
    result: Option<Value>,
    error: Option<ItemError>,
}

/// `POST /v1/geo/bulk/{operation}`
pub async fn answer(
    app: web::Data<App>,
    name: web::Path<String>,
    parameters: web::Query<Parameters>,
    req: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let operation = Operation::parse(&name).ok_or_else(|| Problem::not_found("operation"))?;
    let body = extract::read(payload.into_inner(), MAX_BODY).await?;
    match req.content_type().to_ascii_lowercase().as_str() {
        "application/json" => of_json(data, operation, body).await,
        "text/csv" => {
            let fields = table::fields(parameters.fields.as_deref(), operation)?;
            let table =
                run_blocking(move || table::answer(&data, operation, &body, &fields)).await?;
            Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(table))
        }
        _ => {
            let (code, title) =
                ("unsupported_media_type", "The body must be application/json or text/csv");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, title))
        }
    }
}

async fn of_json(
    data: Arc<Data>,
    operation: Operation,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let Items { items } = extract::parse(&body)?;
    if items.len() > MAX_ITEMS {
        let detail = format!("must have at most {MAX_ITEMS} items");
        return Err(Problem::invalid(vec![FieldError::new("/items", "too_long", detail)]));
    }
    let answered = run_blocking(move || {
        let answer = |item: Value| match operation.answer(&data, &item) {
            Ok(result) => Answered { item, result: Some(result), error: None },
            Err(error) => Answered { item, result: None, error: Some(error) },
        };
        Ok(items.into_iter().map(answer).collect())
    });
    Ok(HttpResponse::Ok().json(Answer { data: answered.await? }))
}

/// Runs the work on a blocking thread.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    web::block(work).await.map_err(|error| Problem::internal(&error.into()))?
}
