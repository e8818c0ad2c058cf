//! Look-ups over HTTP: in the envelope of postcodes.io outside, as [`Place`] inside.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
    web,
};
use contracts::postcodes::Place;
use kit::problem::Problem;
use serde::Serialize;

use super::record::{Record, Terminated, place_of};
use crate::{app::App, error::Error};

/// A record takes about 2,200 bytes; the buffer need not grow.
const ROOM: usize = 3 * 1024;

/// The envelope of postcodes.io.
#[derive(Serialize)]
struct Answer<T> {
    status: u16,
    result: T,
}

/// Its envelope for what is not there.
#[derive(Serialize)]
struct Miss {
    status: u16,
    error: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminated: Option<Terminated>,
}

/// `GET /v1/geo/postcodes/{postcode}`
pub async fn get(app: web::Data<App>, text: web::Path<String>) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let (error, terminated) = match data.find(&text) {
        Ok(entry) => match Terminated::of(&entry) {
            None => {
                return json(
                    StatusCode::OK,
                    &Answer { status: 200, result: Record::of(&entry, &data.areas) },
                );
            }
            Some(terminated) => ("Postcode not found", Some(terminated)),
        },
        Err(Error::Malformed(_)) => ("Invalid postcode", None),
        Err(Error::Unknown) => ("Postcode not found", None),
        Err(error) => return Err(error.into()),
    };
    json(StatusCode::NOT_FOUND, &Miss { status: 404, error, terminated })
}

/// `GET /v1/geo/postcodes/{postcode}/validate`
pub async fn validate(
    app: web::Data<App>,
    text: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = app.data()?.find(&text);
    let result = found.is_ok_and(|entry| entry.terminated().is_none());
    json(StatusCode::OK, &Answer { status: 200, result })
}

/// `GET /internal/v1/postcodes/{postcode}/place`
pub async fn place(
    app: web::Data<App>,
    text: web::Path<String>,
) -> Result<web::Json<Place>, Problem> {
    let data = app.data()?;
    let entry = data.find(&text)?;
    Ok(web::Json(place_of(&entry, &data.areas)))
}

fn json(status: StatusCode, answer: &impl Serialize) -> Result<HttpResponse, Problem> {
    let mut body = Vec::with_capacity(ROOM);
    serde_json::to_writer(&mut body, answer).map_err(|error| Problem::internal(&error.into()))?;
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    Ok(response.body(body))
}
