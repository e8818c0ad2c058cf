//! The route for a hash prefix.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    web::{Data, Path},
};
use contracts::values::postcode::Postcode;
use kit::http::{
    problem::{FieldError, Problem},
    reply::Reply,
};
use serde::Serialize;

use super::domain::Prefix;
use crate::{
    app::App,
    data::Edition,
    dataset::{image::Entry, kind::Kind},
};

/// All live postcodes whose hash starts with the prefix.
#[derive(Serialize)]
struct PrefixView<'a> {
    /// What is hashed and how.
    hash: &'static str,
    data: Vec<PostcodeView<'a>>,
}

/// A postcode with the fields that most pages need.
#[derive(Serialize)]
struct PostcodeView<'a> {
    postcode: Postcode,
    longitude: Option<f64>,
    latitude: Option<f64>,
    admin_district: Option<&'a str>,
    constituency: Option<ConstituencyView<'a>>,
}

#[derive(Serialize)]
struct ConstituencyView<'a> {
    gss_code: &'a str,
    name: Option<&'a str>,
}

/// `GET /v1/geo/postcodes-by-hash/{prefix}`
pub async fn get(
    app: Data<App>,
    request: HttpRequest,
    text: Path<String>,
) -> Result<HttpResponse, Problem> {
    let data = app.data()?;
    let prefix = Prefix::parse(&text).ok_or_else(|| {
        let detail = "must be the first three or four hexadecimal digits of the SHA-256 of the postcode, in upper case and without the space";
        Problem::invalid(vec![FieldError::new("prefix", "malformed", detail)])
    })?;
    let entries = data.hashes.starting_with(&data.dataset, prefix);
    let view = PrefixView {
        hash: "sha256 of the postcode in upper case without the space",
        data: entries.map(|entry| PostcodeView::new(&data, &entry)).collect(),
    };
    Ok(Reply::ok(view).respond_to(&request))
}

impl<'a> PostcodeView<'a> {
    fn new(data: &'a Edition, entry: &Entry<'a>) -> Self {
        let position = entry.position();
        let constituency = data.areas.constituency(entry);
        Self {
            postcode: entry.postcode(),
            longitude: position.map(|at| at.longitude),
            latitude: position.map(|at| at.latitude),
            admin_district: entry.name(Kind::District),
            constituency: constituency
                .map(|of| ConstituencyView { gss_code: of.gss_code, name: of.name }),
        }
    }
}
