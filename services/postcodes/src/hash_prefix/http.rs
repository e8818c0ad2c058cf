//! The route for a hash prefix.

use actix_web::{Responder, web};
use kit::http::problem::{FieldError, Problem};
use serde::Serialize;

use super::domain::Prefix;
use crate::{
    app::App,
    data::Data,
    dataset::{image::Entry, kind::Kind},
};

/// All live postcodes whose hash starts with the prefix.
#[derive(Serialize)]
struct Answer<'a> {
    /// What is hashed and how.
    hash: &'static str,
    data: Vec<Short<'a>>,
}

/// A postcode with the fields that most pages need.
#[derive(Serialize)]
struct Short<'a> {
    postcode: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    admin_district: Option<&'a str>,
    constituency: Option<Constituency<'a>>,
}

#[derive(Serialize)]
struct Constituency<'a> {
    gss_code: &'a str,
    name: Option<&'a str>,
}

/// `GET /v1/geo/postcodes-by-hash/{prefix}`
pub async fn get(app: web::Data<App>, text: web::Path<String>) -> Result<impl Responder, Problem> {
    let data = app.data()?;
    let prefix = Prefix::parse(&text).ok_or_else(|| {
        let detail = "must be the first three or four hexadecimal digits of the SHA-256 of the postcode, in upper case and without the space";
        Problem::invalid(vec![FieldError::new("prefix", "malformed", detail)])
    })?;
    let found = data.hashes.starting_with(&data.dataset, prefix);
    let answer = Answer {
        hash: "sha256 of the postcode in upper case without the space",
        data: found.map(|entry| Short::of(&data, &entry)).collect(),
    };
    Ok(web::Json(serde_json::to_value(answer).map_err(|error| Problem::internal(&error.into()))?))
}

impl<'a> Short<'a> {
    fn of(data: &'a Data, entry: &Entry<'a>) -> Self {
        let position = entry.position();
        let constituency = data.areas.constituency(entry);
        Self {
            postcode: entry.postcode().to_string(),
            longitude: position.map(|at| at.longitude),
            latitude: position.map(|at| at.latitude),
            admin_district: entry.name(Kind::District),
            constituency: constituency
                .map(|of| Constituency { gss_code: of.gss_code, name: of.name }),
        }
    }
}
