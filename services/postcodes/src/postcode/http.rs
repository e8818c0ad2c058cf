//! Postcodes over HTTP, compatible with postcodes.io.

use actix_web::web;
use kit::{http::problem::Problem, id::Ids};

use super::{bulk, nearest::Given, random, record::Record, search};
use crate::{
    app::App,
    data::Data,
    dataset::image::Entry,
    error::Error,
    postcodes_io::{
        body::Body,
        error::ErrorResponse,
        parameters::Parameters,
        response::Success,
        terminated::{TerminatedRecord, Termination},
    },
};

/// `GET /v1/geo/postcodes/{postcode}`
pub(crate) async fn get(
    app: web::Data<App>,
    text: web::Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let entry = data.find(&text)?;
    match Termination::of(&entry) {
        None => Ok(Success::new(record(&data, &entry, &parameters))),
        Some(terminated) => Err(ErrorResponse::PostcodeNotFound(Some(Box::new(terminated)))),
    }
}

/// `GET /v1/geo/postcodes/{postcode}/validate`
pub(crate) async fn validate(
    app: web::Data<App>,
    text: web::Path<String>,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    Ok(Success::new(data.find(&text).is_ok_and(|entry| entry.is_live())))
}

/// `GET /v1/geo/postcodes/{postcode}/autocomplete`
pub(crate) async fn autocomplete(
    app: web::Data<App>,
    text: web::Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let found = search::search(&data, &text, search::limit(&parameters));
    let postcodes = |found: Vec<_>| -> Vec<_> { found.iter().map(Entry::postcode).collect() };
    Ok(Success::new(found.map(postcodes)))
}

/// `GET /v1/geo/postcodes/{postcode}/nearest`
pub(crate) async fn nearest(
    app: web::Data<App>,
    text: web::Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let entry = data.find(&text).ok().filter(Entry::is_live);
    let entry = entry.ok_or(ErrorResponse::PostcodeNotFound(None))?;
    let position = entry.position().map(|at| (at.longitude.to_string(), at.latitude.to_string()));
    let near = Given {
        longitude: position.as_ref().map(|(longitude, _)| longitude.as_str()),
        latitude: position.as_ref().map(|(_, latitude)| latitude.as_str()),
        ..Given::of(&parameters)
    };
    Ok(Success::new(near.read()?.records(&data)))
}

/// `GET /v1/geo/postcodes`: near a position if longitude and latitude are given, otherwise by text.
pub(crate) async fn query(
    app: web::Data<App>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let pair = |longitude: &str, latitude: &str| {
        parameters.text(&[longitude]).zip(parameters.text(&[latitude]))
    };
    if let Some((longitude, latitude)) =
        pair("longitude", "latitude").or_else(|| pair("lon", "lat"))
    {
        let given = Given::of(&parameters);
        let near =
            Given { longitude: Some(longitude), latitude: Some(latitude), ..given }.read()?;
        return Ok(Success::new(near.records(&data)));
    }
    let text = parameters.text(&["q", "query"]).filter(|text| !text.trim().is_empty());
    let text = text.ok_or(ErrorResponse::QueryRequired)?;
    let found = search::search(&data, text, search::limit(&parameters));
    let records = |found: Vec<_>| -> Vec<_> {
        found.iter().map(|entry| record(&data, entry, &parameters)).collect()
    };
    Ok(Success::new(found.map(records)))
}

/// `GET /v1/geo/postcodes/lon/{longitude}/lat/{latitude}`, and with the two the other way round.
pub(crate) async fn at(
    app: web::Data<App>,
    path: web::Path<Halves>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let near = Given {
        longitude: Some(&path.longitude),
        latitude: Some(&path.latitude),
        ..Given::of(&parameters)
    };
    Ok(Success::new(near.read()?.records(&data)))
}

/// A position in a path.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Halves {
    longitude: String,
    latitude: String,
}

/// `POST /v1/geo/postcodes`
pub(crate) async fn many(
    app: web::Data<App>,
    parameters: Parameters,
    body: Body,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    // A hundred positions may have ten thousand records: they are collected on a blocking thread.
    let work = move || bulk::answer(&data, &body, &parameters).map(Success::new);
    web::block(work)
        .await
        .map_err(|error| ErrorResponse::Other(Problem::internal(&error.into())))?
}

/// `GET /v1/geo/random/postcodes`
pub(crate) async fn random(
    app: web::Data<App>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let draw = u64::from_le_bytes(Ids.bytes());
    let entry = random::draw(&data.dataset, parameters.text(&["outcode"]), draw);
    Ok(Success::new(entry.map(|entry| record(&data, &entry, &parameters))))
}

/// `GET /v1/geo/terminated_postcodes/{postcode}`
pub(crate) async fn terminated(
    app: web::Data<App>,
    text: web::Path<String>,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let entry = match data.find(&text) {
        Ok(entry) => TerminatedRecord::of(&entry),
        Err(Error::Unknown) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Success::new(entry.ok_or(ErrorResponse::TerminatedNotFound)?))
}

fn record<'a>(data: &'a Data, entry: &Entry<'a>, parameters: &Parameters) -> Record<'a> {
    let additions = parameters.is_true("additions");
    Record::of(entry, &data.areas).with_additions(entry, &data.areas, additions)
}
