//! Postcodes over HTTP, compatible with postcodes.io.

mod bulk;
mod nearest;

use actix_web::web::{Data, Path};
use kit::id::Ids;
use serde::Deserialize;

use self::nearest::NearestQuery;
use super::{
    domain::{draw, search},
    record::Record,
};
use crate::{
    app::App,
    data::Edition,
    dataset::image::Entry,
    error::Error,
    http::run_blocking,
    postcodes_io::{
        http::{body::Body, error::ErrorResponse, parameters::Parameters, response::Success},
        terminated::{TerminatedRecord, Termination},
    },
};

/// A position in a path.
#[derive(Debug, Deserialize)]
pub(crate) struct PositionPath {
    longitude: String,
    latitude: String,
}

/// `GET /v1/geo/postcodes`: near a position if longitude and latitude are given, otherwise by text.
pub(crate) async fn list(app: Data<App>, parameters: Parameters) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    if let Some(position) = parameters.position() {
        return near(&data, Some(position), &parameters);
    }
    let text = parameters.text(&["q", "query"]).filter(|text| !text.trim().is_empty());
    let text = text.ok_or(ErrorResponse::QueryRequired)?;
    let entries = search(&data, text, parameters.search_limit(&["limit"]));
    let records = |entries: Vec<_>| -> Vec<_> {
        entries.iter().map(|entry| record(&data, entry, &parameters)).collect()
    };
    Ok(Success::new(entries.map(records)))
}

/// `GET /v1/geo/postcodes/{postcode}`
pub(crate) async fn get(
    app: Data<App>,
    text: Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let entry = data.find(&text)?;
    match Termination::new(&entry) {
        None => Ok(Success::new(record(&data, &entry, &parameters))),
        Some(termination) => Err(ErrorResponse::PostcodeNotFound(Some(Box::new(termination)))),
    }
}

/// `GET /v1/geo/postcodes/{postcode}/validate`
pub(crate) async fn validate(app: Data<App>, text: Path<String>) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    Ok(Success::new(data.find(&text).is_ok_and(|entry| entry.is_live())))
}

/// `GET /v1/geo/postcodes/{postcode}/autocomplete`
pub(crate) async fn autocomplete(
    app: Data<App>,
    text: Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let entries = search(&data, &text, parameters.search_limit(&["limit"]));
    let postcodes = |entries: Vec<_>| -> Vec<_> { entries.iter().map(Entry::postcode).collect() };
    Ok(Success::new(entries.map(postcodes)))
}

/// `GET /v1/geo/postcodes/{postcode}/nearest`
pub(crate) async fn nearest(
    app: Data<App>,
    text: Path<String>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let entry = data.find(&text).ok().filter(Entry::is_live);
    let entry = entry.ok_or(ErrorResponse::PostcodeNotFound(None))?;
    let position = entry.position().map(|at| (at.longitude.to_string(), at.latitude.to_string()));
    let position = position.as_ref().map(|(longitude, latitude)| (&**longitude, &**latitude));
    near(&data, position, &parameters)
}

/// `GET /v1/geo/postcodes/lon/{longitude}/lat/{latitude}`, and with the two the other way round.
pub(crate) async fn nearest_to_position(
    app: Data<App>,
    path: Path<PositionPath>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    near(&*app.data()?, Some((&path.longitude, &path.latitude)), &parameters)
}

/// `POST /v1/geo/postcodes`. A hundred positions may have ten thousand records, so they are not collected on the thread of
/// the request.
pub(crate) async fn bulk(
    app: Data<App>,
    parameters: Parameters,
    body: Body,
) -> Result<Success, ErrorResponse> {
    run_blocking(app, move |data| bulk::look_up(data, &body, &parameters).map(Success::new)).await
}

/// `GET /v1/geo/random/postcodes`
pub(crate) async fn random(
    app: Data<App>,
    parameters: Parameters,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let random = u64::from_le_bytes(Ids.bytes());
    let entry = draw(&data.dataset, parameters.text(&["outcode"]), random);
    Ok(Success::new(entry.map(|entry| record(&data, &entry, &parameters))))
}

/// `GET /v1/geo/terminated_postcodes/{postcode}`
pub(crate) async fn terminated(
    app: Data<App>,
    text: Path<String>,
) -> Result<Success, ErrorResponse> {
    let data = app.data()?;
    let record = match data.find(&text) {
        Ok(entry) => TerminatedRecord::new(&entry),
        Err(Error::Unknown) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Success::new(record.ok_or(ErrorResponse::TerminatedNotFound)?))
}

fn near(
    data: &Edition,
    position: Option<(&str, &str)>,
    parameters: &Parameters,
) -> Result<Success, ErrorResponse> {
    Ok(Success::new(NearestQuery::new(position, parameters).parse()?.records(data)))
}

fn record<'a>(data: &'a Edition, entry: &Entry<'a>, parameters: &Parameters) -> Record<'a> {
    let additions = parameters.is_true("additions");
    Record::new(entry, &data.areas).with_additions(entry, &data.areas, additions)
}
